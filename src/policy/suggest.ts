import { closest, distance } from 'fastest-levenshtein'

/** `, did you mean "x"?` when something known is near what was written, else ''. */
export function suggestion(written: unknown, known: readonly string[]): string {
  if (typeof written !== 'string' || known.length === 0) return ''
  const nearest = closest(written, known)
  const isNear = distance(written, nearest) <= Math.max(2, nearest.length / 3)
  return isNear ? `, did you mean "${nearest}"?` : ''
}
