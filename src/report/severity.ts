import { byStrictness } from '../engine/decide.ts'
import type { ReportedFinding, Verdict } from '../model/finding.ts'
import type { RuleResult } from '../model/result.ts'
import type { Severity } from '../model/rule.ts'
import { printable } from './printable.ts'

const rank: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 }

/** A line of a report: a finding, or a rule's own failure, with what its result says of it. */
export interface Line {
  readonly rule: string
  readonly policy: string
  readonly severity: Severity
  readonly verdict: Verdict
  readonly message: string
  readonly finding?: ReportedFinding
}

/** What a result says that is more than a pass. */
export function linesOf(result: RuleResult): Line[] {
  const { rule, policy, severity } = result
  if (result.status === 'error') {
    return [{ rule, policy, severity, verdict: result.verdict, message: `the rule failed: ${result.error} [${rule}]` }]
  }
  if (result.status !== 'fail') return []
  return result.findings.map((finding) => {
    const { verdict, message } = finding
    return { rule, policy, severity, verdict, message, finding }
  })
}

/** Whether somebody has accepted the finding, by an exemption or a baseline: outputs that call for action leave it out. */
export function isAccepted({ finding }: Line): boolean {
  return finding?.exempt !== undefined || finding?.baselined === true
}

/** Why a finding counts for less than its rule would have it. */
export function noteOn({ finding }: Line): string | undefined {
  if (finding?.exempt) return `exempt until ${finding.exempt.until}: ${printable(finding.exempt.reason)}`
  if (finding?.baselined) return 'in the baseline'
  if (finding?.known) return 'known'
  return finding?.fix?.atAdmission ? 'the webhook fixes it' : undefined
}

/** Sorts the worst first: by what lines mean, then by severity. */
export function byWorst(a: Line, b: Line): number {
  return byStrictness(a.verdict, b.verdict) || rank[a.severity] - rank[b.severity]
}

/** All lines, worst first; otherwise in the rules' order. */
export function worstFirst(results: readonly RuleResult[]): Line[] {
  return results.flatMap(linesOf).sort(byWorst)
}
