import type { Evaluation } from '../model/result.ts'
import { folded, partsOf } from './fold.ts'
import { objectName } from './object-name.ts'
import { worstFirst } from './severity.ts'

/** What kubectl shows of a refused write: why, one finding a line, worst first, then the ways out. It must stand alone. */
export function denyText(evaluation: Evaluation): string {
  const lines = worstFirst(evaluation.results).filter(({ verdict }) => verdict === 'deny')
  const policies = [...new Set(lines.map(({ policy }) => policy))].join(', ')
  const rule = lines[0]?.rule ?? ''
  const isBudget = evaluation.object.kind === 'PodDisruptionBudget'
  return [
    `${objectName(evaluation.object)} ${isBudget ? 'is unsafe' : 'would roll out unsafely'} (policy ${policies}):`,
    ...folded(lines).map(({ text }) => `- ${text}`),
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
