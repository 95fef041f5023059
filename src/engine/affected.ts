import { refOf } from '../kube/group-kind.ts'
import { withObject } from '../kube/view-of.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Finding, ReportedFinding } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { EnabledRule } from '../model/policy.ts'
import type { RuleResult } from '../model/result.ts'
import { type Case, factsOf } from './case.ts'
import { ratchetKey } from './ratchet.ts'
import { reportFinding } from './report-finding.ts'
import { checkRule, subjectOf } from './subject.ts'

function findingsOn(other: KubeObject, enabled: EnabledRule, at: Case, view: ClusterView): readonly Finding[] {
  const outcome = checkRule(enabled, at.policy, subjectOf(other, at.world.defaulted), { ...at.world, view })
  return 'length' in outcome ? outcome : []
}

/** What this write newly breaks on one other object. */
function brokenOn(other: KubeObject, enabled: EnabledRule, at: Case): ReportedFinding[] {
  const { world, subject } = at
  const before = new Set(findingsOn(other, enabled, at, world.view).map(ratchetKey))
  const after = findingsOn(other, enabled, at, withObject(world.view, subject.object))
  const circumstances = { known: false, waived: at.waived !== undefined, exemption: undefined }
  const scene = { subject: subjectOf(other, world.defaulted), world }
  return after
    .filter((finding) => !before.has(ratchetKey(finding)))
    .map((finding) => ({ ...reportFinding(finding, enabled, scene, circumstances), object: refOf(other) }))
}

/**
 * Rules of other kinds that a write to this object can break (a budget that a smaller workload turns into a blocking one) judge
 * those objects as the world will be after the write; what is new there is reported here.
 */
export function affectedResults(at: Case): RuleResult[] {
  const { policy, subject, world } = at
  if (world.request === undefined) return []
  const namespace = subject.object.metadata.namespace ?? ''
  return policy.rules.flatMap((enabled) => {
    const { judges, affectedBy } = enabled.rule
    if (judges === 'workload' || !affectedBy.includes(subject.kind)) return []
    const findings = world.view.list(judges, namespace).flatMap((other) => brokenOn(other, enabled, at))
    return findings.length === 0 ? [] : [{ ...factsOf(enabled, at), status: 'fail' as const, findings }]
  })
}
