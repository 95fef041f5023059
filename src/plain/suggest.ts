import { closest, distance } from 'fastest-levenshtein'

/** Nobody mistypes a longer one, and the distance of two texts takes time with their product. */
const longest = 100

/** The known name that was probably meant by what was written; undefined when none is near. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  if (written.length > longest) return undefined
  const most = (name: string) => Math.max(Math.min(2, name.length / 2), name.length / 3)
  // Of like length only: texts of others may be megabytes long.
  const possible = known.filter((name) => Math.abs(name.length - written.length) <= most(name))
  if (possible.length === 0) return undefined
  const candidate = closest(written, possible)
  return distance(written, candidate) <= most(candidate) ? candidate : undefined
}

/** `, did you mean "x"?` when something known is near what was written, else ''. */
export function suggestion(written: unknown, known: readonly string[]): string {
  const meant = typeof written === 'string' ? nearest(written, known) : undefined
  return meant === undefined ? '' : `, did you mean "${meant}"?`
}
