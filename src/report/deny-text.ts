import { isFixable } from '../engine/fixable.ts'
import { aboutContainers } from '../engine/report-finding.ts'
import { bypassReason, mayBypass } from '../engine/waiver.ts'
import type { ReportedFinding } from '../model/finding.ts'
import type { Policy } from '../model/policy.ts'
import type { Evaluation } from '../model/result.ts'
import type { World } from '../model/world.ts'
import { shortened } from '../plain/shortened.ts'
import { folded } from './fold.ts'
import { objectName } from './object-name.ts'
import { printable } from './printable.ts'
import { type Line, worstFirst } from './severity.ts'

/**
 * What kubectl shows of a refused write: why, one finding a line, worst first, then the ways out. It must stand alone. `world` is the one
 * that the object was judged in.
 */
export function denyText(evaluation: Evaluation, world: Pick<World, 'policies' | 'request'>): string {
  const lines = worstFirst(evaluation.results).filter(({ verdict }) => verdict === 'deny')
  const names = printable([...new Set(lines.map(({ policy }) => policy))].join(', '))
  const isBudget = evaluation.object.kind === 'PodDisruptionBudget'
  return [
    `${objectName(evaluation.object)} ${isBudget ? 'is unsafe' : 'would roll out unsafely'} (policy ${names}):`,
    ...folded(lines).map(({ text }) => `- ${text}`),
    waysOut(lines, world),
  ].join('\n')
}

/** Only what really leads out: a file's fix where `evenkeel fix` has one, an exemption where no policy that denies locks the rule, the bypass for whom all of them let by. */
function waysOut(lines: readonly Line[], { policies, request }: Pick<World, 'policies' | 'request'>): string {
  const policyOf = ({ policy }: Line): Policy | undefined => policies.find(({ name }) => name === policy)
  const isMended = (line: Line) =>
    line.finding?.fix !== undefined &&
    policyOf(line)?.rules.some((row) => row.rule.id === line.rule && isFixable(row, 'offer'))
  const isLocked = (line: Line) => policyOf(line)?.exemptions.locked.includes(line.rule)
  const locked = new Set(lines.filter(isLocked).map(({ rule }) => rule))
  const open = lines.find(({ rule }) => !locked.has(rule))?.rule
  const exemption = open === undefined ? [] : [`annotation exempt.evenkeel.dev/${open}: "until=YYYY-MM-DD reason=..."`]
  const refused = locked.size === 0 ? [] : [`locked by policy: ${[...locked].join(', ')}`]
  const isLetBy = (policy: Policy | undefined) => policy && request && mayBypass(policy, request.user)
  return [
    ...(lines.some(isMended) ? ['Fix: evenkeel fix FILE'] : []),
    `Explain: evenkeel explain ${lines[0]?.rule ?? ''}`,
    `Exempt: ${[...exemption, ...refused].join('; ')}`,
    ...(lines.map(policyOf).every(isLetBy) ? [`Bypass: annotation ${bypassReason} with a new reason`] : []),
  ].join(' · ')
}

/** The webhook cuts longer ones. */
const longestWarning = 120

/** An annotation's key has 316 characters at most. */
const longestField = 400

/** What comes after the container, a key without its prefix, or the last name. */
const lastPart = /(?:c|initC)ontainers\[[^\]]+\](?:\.(.+))?$|\["(?:[^"]*\/)?([^"]+)"\]$|([^.]+)$/

/** ` (readinessProbe.periodSeconds)`: the last part of the field's path if the sentence does not name it. */
function fieldLeftUnsaid({ field, sentence }: ReportedFinding): string {
  // What is longer has no room anyway, and would be searched in time with its square.
  const [, inContainer, key, name] = lastPart.exec(field.slice(-longestField)) ?? []
  const last = inContainer ?? key ?? name
  const isSaid = last === undefined || sentence.includes(last.split('.').at(-1) ?? '')
  return isSaid ? '' : ` (${last})`
}

/** One short line a finding that does not refuse, rule first so that a cut keeps it, and the field where it is not said and has room. */
export function warningLines(evaluation: Evaluation): string[] {
  const lines = worstFirst(evaluation.results).filter(({ verdict }) => verdict === 'warn')
  return lines.map(({ rule, message, finding }) => {
    const start = `[${rule}] ${aboutContainers(finding?.container)}`
    const told = start + shortened(finding?.sentence ?? message, Math.max(40, longestWarning - start.length))
    const whole = told + (finding ? fieldLeftUnsaid(finding) : '')
    return whole.length > longestWarning ? told : whole
  })
}
