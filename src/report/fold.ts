import type { Line } from './severity.ts'

/** A message without the container's name in front and the field and rule at the end. */
interface Parts {
  readonly container: string | undefined
  readonly sentence: string
  readonly end: string
}

/** Lines of one rule that say the same, of several containers or under several policies. */
export interface Folded {
  readonly text: string
  /** At least one; what is said of all of them is its. */
  readonly first: Line
  readonly lines: readonly Line[]
}

export function partsOf({ message }: Line): Parts {
  const match = /^(?:container (\S+): )?(.*?)( \([^()]*\) \[[\w-]+\])$/.exec(message)
  return { container: match?.[1], sentence: match?.[2] ?? message, end: match?.[3] ?? '' }
}

function textOf(first: Line, lines: readonly Line[]): string {
  const { sentence, end } = partsOf(first)
  const containers = [...new Set(lines.map((line) => partsOf(line).container))].filter((name) => name !== undefined)
  if (containers.length === 0) return sentence + end
  return `container${containers.length === 1 ? '' : 's'} ${containers.join(', ')}: ${sentence}${end}`
}

/** What makes two lines the same, whatever the container and the policy. */
function keyOf(line: Line): string {
  const { container, sentence } = partsOf(line)
  const { exempt, known, baselined, fix } = line.finding ?? {}
  const what = container === undefined ? line.message : `${line.rule} ${sentence}`
  return JSON.stringify([line.verdict, what, exempt, known, baselined, fix?.atAdmission])
}

/** The lines in their order, those that say the same as one. */
export function folded(lines: readonly Line[]): Folded[] {
  const groups = new Map<string, Line[]>()
  for (const line of lines) {
    const key = keyOf(line)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [line])
    else group.push(line)
  }
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [{ text: textOf(first, [first, ...rest]), first, lines: [first, ...rest] }],
  )
}
