import { groupKindOf, kindOf } from '../kube/group-kind.ts'
import { probeDefaultAt } from '../kube/probe.ts'
import type { Fix } from '../model/finding.ts'
import type { GroupKind, Json, JsonPointer, KubeObject } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { CheckResult, Rule, RuleContext } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import type { World } from '../model/world.ts'
import { workloadKinds } from '../workloads/index.ts'
import { readWorkload } from '../workloads/read-workload.ts'
import { type Authorship, authorshipOf } from './authorship.ts'

/** An object under judgement with what is derived from it once. */
export interface Subject {
  readonly object: KubeObject
  readonly kind: GroupKind
  readonly workload: Workload | undefined
  readonly authorship: Authorship
}

/** The API server knows the pods of its own kinds and fills in their probes; those of a custom resource it stores as they come. */
function defaultAt({ defaults, groupKind }: Workload, path: JsonPointer): Json | undefined {
  return defaults[path] ?? (groupKind.endsWith('.apps') ? probeDefaultAt(path) : undefined)
}

export function subjectOf(object: KubeObject, defaulted: boolean): Subject {
  const workload = readWorkload(object)
  const authorship = authorshipOf(object, (path) => workload && defaultAt(workload, path), defaulted)
  return { object, kind: workload?.groupKind ?? groupKindOf(object), workload, authorship }
}

/** The kinds of which the rule has anything to say. */
export function kindsJudgedBy({ judges }: Rule): readonly GroupKind[] {
  return judges === 'workload' ? workloadKinds : [judges]
}

/** Whether the subject is of one of them. */
export function isJudgedBy(rule: Rule, subject: Subject): boolean {
  return rule.judges === 'workload' ? subject.workload !== undefined : rule.judges === subject.kind
}

/** A rule that threw; never a pass. */
export interface Failure {
  readonly error: string
}

function contextOf(enabled: EnabledRule, policy: Policy, subject: Subject, world: World): RuleContext<object> {
  const { view, now, request, defaulted } = world
  const { params } = enabled
  const { wrote, isApplied, omitted } = subject.authorship
  const { environment } = policy
  return { params, view, now, wrote, isApplied, omitted, asWritten: !defaulted, request, environment }
}

function attempt<T>(run: () => T): T | Failure {
  try {
    return run()
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

/** Runs one rule on a subject it judges. */
export function checkRule(enabled: EnabledRule, policy: Policy, subject: Subject, world: World): CheckResult | Failure {
  const { rule } = enabled
  const namespace = subject.object.metadata.namespace ?? ''
  const missing = rule.needs.find((kind) => !world.view.knows(kind, namespace))
  if (missing !== undefined) return { skip: `needs to know every ${kindOf(missing)} in the namespace` }
  return attempt(() => {
    const context = contextOf(enabled, policy, subject, world)
    if (rule.judges !== 'workload') return rule.check(subject.object, context)
    return subject.workload ? rule.check(subject.workload, context) : { skip: 'is no workload' }
  })
}

/** What the rule settles of a subject it judges, whatever it finds there. */
export function settledBy(
  enabled: EnabledRule,
  policy: Policy,
  subject: Subject,
  world: World,
): readonly Fix[] | Failure {
  const { rule } = enabled
  const { workload } = subject
  if (rule.judges !== 'workload' || rule.settle === undefined || workload === undefined) return []
  return attempt(() => rule.settle?.(workload, contextOf(enabled, policy, subject, world)) ?? [])
}
