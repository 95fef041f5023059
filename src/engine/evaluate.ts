import { refOf } from '../kube/group-kind.ts'
import type { Finding, ReportedFinding } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { EnabledRule } from '../model/policy.ts'
import type { Evaluation, RuleResult } from '../model/result.ts'
import type { World } from '../model/world.ts'
import { affectedResults } from './affected.ts'
import { type Case, factsOf } from './case.ts'
import { decide, errorVerdict } from './decide.ts'
import { claimsExemption, exemptionFindings, exemptionFrom, type Outcomes, outcomesOf } from './exempt.ts'
import { exemptionRule } from './exemption-rule.ts'
import { type MeantPolicy, policiesFor } from './match.ts'
import { ratchet } from './ratchet.ts'
import { reportFinding, told } from './report-finding.ts'
import { checkRule, isJudgedBy, type Subject, subjectOf } from './subject.ts'
import { isHarmless, waiverOf } from './waiver.ts'

function reported(findings: readonly Finding[], enabled: EnabledRule, at: Case): ReportedFinding[] {
  const originOf = ratchet(enabled, at.policy, at.subject.object, at.world)
  const exemption = exemptionFrom(enabled.rule.id, at.subject.object, at.policy, at.world.now)
  const isHarmlessWrite = at.world.request !== undefined && isHarmless(at.world.request.change)
  return findings.map((finding) => {
    const origin = originOf(finding)
    // That the write itself does no harm is no excuse for what comes along with it.
    const waived = at.waived !== undefined && !(isHarmlessWrite && origin === 'around')
    return reportFinding(finding, enabled, at, { known: origin === 'before', waived, exemption })
  })
}

function ruleResult(enabled: EnabledRule, at: Case): RuleResult {
  const { policy, subject, world, waived } = at
  const facts = factsOf(enabled, at)
  const outcome = checkRule(enabled, policy, subject, world)
  if ('length' in outcome && outcome.length > 0) {
    return { ...facts, status: 'fail', findings: reported(outcome, enabled, at) }
  }
  if ('skip' in outcome) return { ...facts, status: 'skip', reason: outcome.skip }
  if ('error' in outcome) {
    const isExempt = exemptionFrom(enabled.rule.id, subject.object, policy, world.now) !== undefined
    const verdict = errorVerdict(policy, enabled, world.now, isExempt || waived !== undefined)
    return { ...facts, status: 'error', error: outcome.error, verdict }
  }
  return { ...facts, status: 'pass' }
}

function exemptionResults({ policy, subject, world }: Case, outcomes: Outcomes): RuleResult[] {
  const { id: rule, severity } = exemptionRule
  const findings = exemptionFindings(subject.object, policy, world.now, outcomes).map(
    (finding): ReportedFinding => ({
      ...told(finding, rule),
      path: finding.path,
      verdict: 'warn',
    }),
  )
  if (findings.length === 0) return []
  return [{ policy: policy.name, rule, enforcement: 'warn', severity, status: 'fail', findings }]
}

function policyResults(at: Case): RuleResult[] {
  const rules = at.policy.rules.filter(({ rule }) => isJudgedBy(rule, at.subject))
  return rules.map((enabled) => ruleResult(enabled, at))
}

const namesNoNamespace = 'the policy is for certain namespaces, and the object names no namespace: --namespace tells it'
const labelsUnknown = "the policy's namespaceSelector needs the Namespace's labels, which are unknown here"

/** A policy for certain namespaces, of which it is not told whether the object is in one: nothing is concluded. */
function unknownResults(at: Case): RuleResult[] {
  const rules = at.policy.rules.filter(({ rule }) => isJudgedBy(rule, at.subject))
  const reason = at.subject.object.metadata.namespace ? labelsUnknown : namesNoNamespace
  return rules.map((enabled) => ({ ...factsOf(enabled, at), status: 'skip', reason }))
}

interface MeantFor {
  readonly matching: MeantPolicy['matching']
  readonly at: Case
}

/** What passes by what was filled in needs the exemption: that goes with the next rollout. */
function passesByFill({ rule }: EnabledRule, { workload, authorship }: Subject): boolean {
  if (workload === undefined || rule.judges !== 'workload') return false
  return rule.fillsIn?.(workload).some(authorship.isFilledIn) ?? false
}

/** The results of every policy; what one does not need the object exempted from, another may. */
function ownResults(object: KubeObject, cases: readonly MeantFor[]): RuleResult[] {
  const judged = cases.map(({ matching, at }) => (matching === 'yes' ? policyResults(at) : unknownResults(at)))
  if (!claimsExemption(object)) return judged.flat()
  const byFill = cases.flatMap(({ at }) => at.policy.rules.filter((enabled) => passesByFill(enabled, at.subject)))
  const unsure = byFill.map(({ rule }) => [rule.id, 'skip'] as const)
  const outcomes: Outcomes = new Map([...outcomesOf(judged.flat()), ...unsure])
  return cases.flatMap(({ matching, at }, i) => [
    ...(judged[i] ?? []),
    ...(matching === 'yes' ? exemptionResults(at, outcomes) : []),
  ])
}

/** Judges one object by every rule of every policy that is meant for it. Pure: the same arguments give the same answer. */
export function evaluate(object: KubeObject, world: World): Evaluation {
  const { request } = world
  const subject = subjectOf(object, world.defaulted)
  const cases = policiesFor(world.policies, object, world.view).map(({ policy, matching }) => {
    const waived = request && waiverOf(policy, object, request)
    return { matching, at: { policy, subject, world, waived } satisfies Case }
  })
  const results = [...ownResults(object, cases), ...affectedResults(subject, world)]
  const policies = cases.map(({ matching, at: { policy } }) => ({ name: policy.name, matching }))
  const evaluation = { object: refOf(object), policies, results, decision: decide(results) }
  if (request === undefined) return evaluation
  const { change } = request
  const waived = cases.find(({ at }) => at.waived !== undefined)?.at.waived
  return waived === undefined ? { ...evaluation, change } : { ...evaluation, change, waived }
}
