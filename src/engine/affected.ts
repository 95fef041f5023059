import { refOf } from '../kube/group-kind.ts'
import { withObject } from '../kube/view-of.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { ReportedFinding } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { RuleResult } from '../model/result.ts'
import type { World } from '../model/world.ts'
import { factsOf } from './case.ts'
import { errorVerdict } from './decide.ts'
import { exemptionFrom } from './exempt.ts'
import { policiesFor } from './match.ts'
import { degreesOf, isAmong } from './ratchet.ts'
import { reportFinding } from './report-finding.ts'
import { checkRule, type Failure, type Subject, subjectOf } from './subject.ts'
import { waiverOf } from './waiver.ts'

const none: readonly KubeObject[] = []

/** A write, one of the rules that it can break, and the world on both sides of it. */
interface Write {
  readonly policy: Policy
  readonly enabled: EnabledRule
  readonly before: World
  readonly after: World
  readonly waived: boolean
}

/** What this write newly breaks on one other object. */
function brokenOn(other: KubeObject, { policy, enabled, before, after, waived }: Write): ReportedFinding[] | Failure {
  const subject = subjectOf(other, after.defaulted)
  const outcome = checkRule(enabled, policy, subject, after)
  if ('error' in outcome) return outcome
  if (!('length' in outcome)) return []
  const earlier = degreesOf(checkRule(enabled, policy, subject, before))
  const exemption = exemptionFrom(enabled.rule.id, other, policy, after.now)
  return outcome
    .filter((finding) => !isAmong(earlier, finding))
    .map((finding) => reportFinding(finding, enabled, { subject, world: after }, { known: false, waived, exemption }))
    .map((finding) => ({ ...finding, object: refOf(other) }))
}

function isMeantFor(policy: Policy, { policies, view }: World): (other: KubeObject) => boolean {
  return (other) =>
    policiesFor(policies, other, view).some((meant) => meant.policy === policy && meant.matching === 'yes')
}

function resultOf(write: Write, others: readonly KubeObject[]): RuleResult[] {
  const { policy, enabled, after, waived } = write
  const facts = factsOf(enabled, { policy, world: after })
  const outcomes = others.map((other) => brokenOn(other, write))
  const failure = outcomes.find((outcome) => 'error' in outcome)
  if (failure !== undefined && 'error' in failure) {
    const verdict = errorVerdict(policy, enabled, after.now, waived)
    return [{ ...facts, status: 'error', error: failure.error, verdict }]
  }
  const findings = outcomes.flatMap((outcome) => ('error' in outcome ? [] : outcome))
  return findings.length === 0 ? [] : [{ ...facts, status: 'fail', findings }]
}

function viewsAround(object: KubeObject, { view, request }: World): readonly [before: ClusterView, after: ClusterView] {
  const before = request?.oldObject ? withObject(view, request.oldObject) : view
  return [before, withObject(before, object)]
}

/**
 * Rules of other kinds that a write to this object can break (a budget that a smaller workload turns into a blocking one) judge
 * those objects as the world will be after the write, by the policies meant for them; what is new there is reported here.
 */
export function affectedResults({ object, kind }: Subject, world: World): RuleResult[] {
  const { request, policies, view, now, defaulted } = world
  if (request === undefined) return []
  const inReach = ({ rule: { judges, affectedBy } }: EnabledRule) =>
    judges === 'workload' || judges === kind || !affectedBy.includes(kind)
      ? none
      : view.list(judges, object.metadata.namespace ?? '')
  return policies.flatMap((policy) => {
    const rules = policy.rules.filter((enabled) => inReach(enabled).length > 0)
    if (rules.length === 0) return []
    const [before, after] = viewsAround(object, world)
    const common = { policies, now, defaulted }
    const sides = { before: { ...common, view: before }, after: { ...common, view: after } }
    const waived = waiverOf(policy, object, request) !== undefined
    return rules.flatMap((enabled) =>
      resultOf({ policy, enabled, waived, ...sides }, inReach(enabled).filter(isMeantFor(policy, world))),
    )
  })
}
