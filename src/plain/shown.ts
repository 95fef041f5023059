/** A value that was found where another one was expected, as JSON; a long one is cut. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
