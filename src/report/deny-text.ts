import type { Evaluation } from '../model/result.ts'
import { type Line, worstFirst } from './severity.ts'

/** A message without the container's name in front and the field and rule at the end. */
interface Parts {
  readonly container: string | undefined
  readonly sentence: string
  readonly end: string
}

function partsOf({ message }: Line): Parts {
  const match = /^(?:container (\S+): )?(.*?)( \([^()]*\) \[[\w-]+\])$/.exec(message)
  return { container: match?.[1], sentence: match?.[2] ?? message, end: match?.[3] ?? '' }
}

/** Lines of the same rule that say the same of several containers become one. */
function folded(lines: readonly Line[]): string[] {
  const groups = new Map<string, { readonly first: Parts; readonly containers: string[] }>()
  for (const line of lines) {
    const parts = partsOf(line)
    const key = parts.container === undefined ? line.message : `${line.rule} ${parts.sentence}`
    const group = groups.get(key) ?? { first: parts, containers: [] }
    if (parts.container !== undefined && !group.containers.includes(parts.container))
      group.containers.push(parts.container)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ first, containers }) => {
    if (containers.length === 0) return first.sentence + first.end
    return `container${containers.length === 1 ? '' : 's'} ${containers.join(', ')}: ${first.sentence}${first.end}`
  })
}

/** What kubectl shows of a refused write: why, one finding a line, worst first, then the ways out. It must stand alone. */
export function denyText(evaluation: Evaluation): string {
  const { kind, namespace, name } = evaluation.object
  const lines = worstFirst(evaluation.results).filter(({ verdict }) => verdict === 'deny')
  const policies = [...new Set(lines.map(({ policy }) => policy))].join(', ')
  const rule = lines[0]?.rule ?? ''
  const subject = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
  return [
    `${subject} ${kind === 'PodDisruptionBudget' ? 'is unsafe' : 'would roll out unsafely'} (policy ${policies}):`,
    ...folded(lines).map((line) => `- ${line}`),
    `Fix: evenkeel fix FILE · Explain: evenkeel explain ${rule} · Exempt: annotation exempt.evenkeel.dev/${rule}: "until=YYYY-MM-DD reason=..."`,
  ].join('\n')
}

/** One short line a finding that does not refuse, rule first so that a cut at 120 characters keeps it. */
export function warningLines(evaluation: Evaluation): string[] {
  const lines = worstFirst(evaluation.results).filter(({ verdict }) => verdict === 'warn')
  return lines.map((line) => {
    const { container, sentence } = partsOf(line)
    return `[${line.rule}] ${container === undefined ? '' : `container ${container}: `}${sentence}`
  })
}
