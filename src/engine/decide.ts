import type { Verdict } from '../model/finding.ts'
import type { GroupKind } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { RuleResult } from '../model/result.ts'
import type { Enforcement } from '../model/rule.ts'
import { kindsJudgedBy } from './subject.ts'

const rank: Readonly<Record<Verdict, number>> = { deny: 0, warn: 1, admit: 2 }

/** Sorts the strictest first. */
export function byStrictness(a: Verdict, b: Verdict): number {
  return rank[a] - rank[b]
}

/** The stricter of the two. */
export function strictest(a: Verdict, b: Verdict): Verdict {
  return byStrictness(a, b) <= 0 ? a : b
}

function atMost(verdict: Verdict, limit: Verdict): Verdict {
  return byStrictness(verdict, limit) >= 0 ? verdict : limit
}

/** What a policy asks of a rule today: before `enforceAfter` a `deny` is a `warn`. */
export function enforcementAt(enabled: EnabledRule, now: number): Exclude<Enforcement, 'off'> {
  const { enforcement, enforceAfter } = enabled
  return enforcement === 'deny' && enforceAfter !== undefined && now < enforceAfter ? 'warn' : enforcement
}

/** Whether the policy may deny objects of this kind today; one that only warns and audits refuses nobody, whatever fails. */
export function mayDeny({ rules }: Policy, kind: GroupKind, now: number): boolean {
  return rules.some((enabled) => enforcementAt(enabled, now) === 'deny' && kindsJudgedBy(enabled.rule).includes(kind))
}

/** Circumstances that soften a finding. */
export interface Mitigation {
  readonly exempt: boolean
  readonly known: boolean
  readonly waived: boolean
}

/**
 * What one finding means. Known ones warn, unless the rule's `enforceAfter` has passed and ended their grace; a request that is
 * never blocked is at most warned about; exempt and audited findings are only reported.
 */
export function findingVerdict(enabled: EnabledRule, now: number, mitigation: Mitigation): Verdict {
  const enforcement = enforcementAt(enabled, now)
  if (mitigation.exempt || enforcement === 'audit') return 'admit'
  const graceOver = enabled.enforceAfter !== undefined && now >= enabled.enforceAfter
  const softened = mitigation.waived || (mitigation.known && !graceOver)
  return atMost(enforcement, softened ? 'warn' : 'deny')
}

/** What a rule's own failure means, by the policy's failurePolicy; a rule that is only audited, waived or exempted from never refuses. */
export function errorVerdict(policy: Policy, enabled: EnabledRule, now: number, isSoftened: boolean): Verdict {
  const enforcement = enforcementAt(enabled, now)
  if (enforcement === 'audit') return 'admit'
  return policy.failurePolicy === 'Fail' && !isSoftened ? enforcement : 'warn'
}

/** The strictest that any result asks for. */
export function decide(results: readonly RuleResult[]): Verdict {
  return results.reduce<Verdict>((worst, result) => {
    if (result.status === 'error') return strictest(worst, result.verdict)
    if (result.status !== 'fail') return worst
    return result.findings.reduce<Verdict>((verdict, finding) => strictest(verdict, finding.verdict), worst)
  }, 'admit')
}
