import { closest, distance } from 'fastest-levenshtein'

/** The known name that was probably meant by what was written; undefined when none is near. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const candidate = closest(written, known)
  return distance(written, candidate) <= Math.max(2, candidate.length / 3) ? candidate : undefined
}

/** `, did you mean "x"?` when something known is near what was written, else ''. */
export function suggestion(written: unknown, known: readonly string[]): string {
  const meant = typeof written === 'string' ? nearest(written, known) : undefined
  return meant === undefined ? '' : `, did you mean "${meant}"?`
}
