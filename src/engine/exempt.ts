import { join } from '../kube/pointer.ts'
import type { Finding } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { Policy } from '../model/policy.ts'
import type { RuleResult } from '../model/result.ts'
import { startOfDay } from '../plain/calendar-date.ts'
import { suggestion } from '../plain/suggest.ts'

/** Annotations that exempt from a rule begin like this; the rule's id follows. */
const exemptionPrefix = 'exempt.evenkeel.dev/'
const day = 86_400_000
/** More than there are rules; whoever writes thousands of them is not told of each. */
const maxClaims = 100

export interface Exemption {
  readonly until: string
  readonly reason: string
}

interface Claim {
  readonly rule: string
  readonly text: string
}

function annotationsOf({ metadata }: KubeObject): Readonly<Record<string, string | null>> {
  return metadata.annotations ?? {}
}

function claimsOf(object: KubeObject): Claim[] {
  const annotations = annotationsOf(object)
  const keys = Object.keys(annotations).filter((key) => key.startsWith(exemptionPrefix))
  return keys
    .slice(0, maxClaims)
    .map((key) => ({ rule: key.slice(exemptionPrefix.length), text: annotations[key] ?? '' }))
}

function claimOn(rule: string, object: KubeObject): Claim | undefined {
  const text = annotationsOf(object)[exemptionPrefix + rule]
  return text === undefined ? undefined : { rule, text: text ?? '' }
}

/** `until=` is one word, the reason all that follows `reason=`, whichever comes first. */
function parts(text: string): Partial<Exemption> {
  const until = /(?:^|\s)until=(\S+)/.exec(text)?.[1]
  const rest = text.replace(/(?:^|\s)until=\S+/, ' ')
  const at = rest.search(/(?:^|\s)reason=/)
  const reason = at < 0 ? '' : rest.slice(rest.indexOf('=', at) + 1).trim()
  return { ...(until === undefined ? {} : { until }), ...(reason ? { reason } : {}) }
}

function dateFault(until: string | undefined, policy: Policy, now: number): string | undefined {
  if (until === undefined) return 'exemption has no end; write until=YYYY-MM-DD'
  const start = startOfDay(until)
  if (start === undefined) return 'exemption: until is no date; write YYYY-MM-DD'
  const end = start + day
  if (end <= now) return `exemption expired on ${until}`
  const { maxDays } = policy.exemptions
  return end - now > (maxDays + 1) * day ? `exemption until ${until} exceeds ${maxDays} days` : undefined
}

function fault(claim: Claim, policy: Policy, now: number): string | undefined {
  const { until, reason } = parts(claim.text)
  if (policy.exemptions.locked.includes(claim.rule)) return 'exemption refused: the policy locks the rule'
  if (reason === undefined) return 'exemption gives no reason; write reason=WHY'
  return dateFault(until, policy, now)
}

/** Whether the object claims any, valid or not. */
export function claimsExemption(object: KubeObject): boolean {
  return claimsOf(object).length > 0
}

/** Whether the object claims one from this rule, valid or not. */
export function claimsExemptionFrom(rule: string, object: KubeObject): boolean {
  return claimOn(rule, object) !== undefined
}

/** The object's exemption from a rule, if it has one that holds under the policy. */
export function exemptionFrom(rule: string, object: KubeObject, policy: Policy, now: number): Exemption | undefined {
  const claim = claimOn(rule, object)
  return claim && fault(claim, policy, now) === undefined ? (parts(claim.text) as Exemption) : undefined
}

/** What came of the rules that judged the object; `pass` only where they pass under every policy. */
export type Outcomes = ReadonlyMap<string, RuleResult['status']>

export function outcomesOf(results: readonly RuleResult[]): Outcomes {
  const passed = results.filter(({ status }) => status === 'pass')
  const others = results.filter(({ status }) => status !== 'pass')
  return new Map([...passed, ...others].map(({ rule, status }) => [rule, status]))
}

/**
 * What is wrong with the object's exemptions under a policy: faulty ones, ones for a rule that does not exist or judges another kind
 * of object (`outcomes` holds the rules that judged this one), and ones that nothing needs.
 */
export function exemptionFindings(object: KubeObject, policy: Policy, now: number, outcomes: Outcomes): Finding[] {
  const problem = (claim: Claim) => {
    const known = [...policy.off, ...policy.rules.map(({ rule }) => rule.id)]
    if (!known.includes(claim.rule)) return `no such rule${suggestion(claim.rule, known)}`
    const wrong = fault(claim, policy, now)
    if (wrong !== undefined) return wrong
    if (policy.off.includes(claim.rule)) return undefined
    if (!outcomes.has(claim.rule)) return 'exemption has no effect on this kind of object'
    return outcomes.get(claim.rule) === 'pass' ? 'exemption is not needed: the rule passes' : undefined
  }
  return claimsOf(object).flatMap((claim) => {
    const message = problem(claim)
    if (message === undefined) return []
    return [{ message, path: join('/metadata/annotations', exemptionPrefix + claim.rule) }]
  })
}
