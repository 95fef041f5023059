import { inOneLine } from './describe-change.ts'

interface Told {
  readonly changes: readonly string[]
  readonly authors: readonly string[]
}

/** A cause as `describeChange` writes it, maybe numbered so that it repeats no other; undefined for a person's own words. */
function read(cause: string): Told | undefined {
  const [changes = '', ...rest] = cause.split('; by ')
  if (rest.length === 0) return undefined
  const authors = rest.join('; by ').replace(/ \(generation \d+\)$/, '')
  return { changes: changes.split(', '), authors: authors.split(', ') }
}

/** An image that goes on from where it came to before is one change with that, and none if it goes back. */
function followedBy(changes: readonly string[], next: string): readonly string[] {
  const [, start = '', from = '', to = ''] = /^(image \S+ )(\S+) -> (\S+)$/.exec(next) ?? []
  const earlier = start && changes.find((change) => change.startsWith(start) && change.endsWith(` -> ${from}`))
  if (!earlier) return changes.includes(next) ? changes : [...changes, next]
  const both = earlier === `${start}${to} -> ${from}` ? [] : [earlier.slice(0, -from.length) + to]
  return changes.flatMap((change) => (change === earlier ? both : [change]))
}

/**
 * What two causes made of differences tell together, where one rollout brings both: of `image api 1 -> 2; by alice` and
 * `image api 2 -> 3; by bob` it is `image api 1 -> 3; by alice, bob`. The later one alone where the earlier is a person's own words, or
 * where nothing is left of both.
 */
export function joinCauses(earlier: string, later: string): string {
  const [before, after] = [read(earlier), read(later)]
  if (!before || !after) return later
  const changes = after.changes.reduce(followedBy, before.changes)
  const authors = [...new Set([...before.authors, ...after.authors])]
  return changes.length === 0 ? later : inOneLine(changes, authors.join(', '))
}
