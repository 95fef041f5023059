import { aboutContainers } from '../engine/report-finding.ts'
import type { Line } from './severity.ts'

/** Lines of one rule that say the same, of several containers or under several policies. */
export interface Folded {
  readonly text: string
  /** At least one; what is said of all of them is its. */
  readonly first: Line
  readonly lines: readonly Line[]
}

function textOf({ message, finding }: Line, lines: readonly Line[]): string {
  const rest = message.slice(aboutContainers(finding?.container).length)
  return aboutContainers(...lines.map((line) => line.finding?.container)) + rest
}

/** What makes two lines the same, whatever the container and the policy. */
function keyOf({ rule, verdict, message, finding }: Line): string {
  const { container, sentence, field, exempt, known, baselined, fix } = finding ?? {}
  // A field of several containers is the same where what comes after their names is.
  const what = container === undefined ? message : [rule, sentence, field?.split(`ontainers[${container}]`).at(-1)]
  return JSON.stringify([verdict, what, exempt, known, baselined, fix?.atAdmission])
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
