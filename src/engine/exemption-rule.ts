import type { Rule } from '../model/rule.ts'

/**
 * The engine's own rule: an exemption that does not hold, or that nothing needs, is said to whoever wrote it. It is in no table, since
 * no policy can configure it.
 */
export const exemptionRule = {
  id: 'disallow-invalid-exemption',
  title: 'Every exemption holds and is needed',
  why: 'An exemption that does not hold exempts from nothing, so the release is refused at the worst time; one that nothing needs any more would hide the next fault of its kind.',
  remedy:
    'Write until=YYYY-MM-DD and reason=WHY on the object that the rule judges, for a rule that exists and is not locked, or remove the annotation.',
  category: 'traceability',
  severity: 'low',
  fix: 'none',
} as const satisfies Partial<Rule>
