/** The start of a day `YYYY-MM-DD` in UTC, in epoch milliseconds; undefined for what is on no calendar, such as 2027-02-30. */
export function startOfDay(date: string): number | undefined {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN
  return Number.isNaN(start) || !new Date(start).toISOString().startsWith(date) ? undefined : start
}
