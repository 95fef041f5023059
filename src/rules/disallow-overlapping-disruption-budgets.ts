import { kindOf } from '../kube/group-kind.ts'
import { otherPodKinds, othersMatching } from '../kube/other-pods.ts'
import { valueAt } from '../kube/pointer.ts'
import { mayMatchLater, requirementsOf } from '../kube/selector.ts'
import { podLabels } from '../kube/services.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Finding } from '../model/finding.ts'
import type { KubeObject, LabelSelector } from '../model/object.ts'
import type { CheckResult, KindRule, RuleContext } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { budgetSpecOf, budgetsOver } from '../rollout/disruptions.ts'
import { workloadKinds } from '../workloads/index.ts'
import { workloadsMatching } from '../workloads/read-workload.ts'

const path = '/spec/selector'

/** The workloads that other budgets cover as well, by the name of the budget. */
function shared(budget: KubeObject, covered: readonly Workload[], view: ClusterView): Map<string, Workload[]> {
  const found = new Map<string, Workload[]>()
  for (const workload of covered) {
    for (const { metadata } of budgetsOver(podLabels(workload, view) ?? {}, view, workload.namespace)) {
      if (metadata.name === budget.metadata.name) continue
      const name = metadata.name ?? ''
      found.set(name, [...(found.get(name) ?? []), workload])
    }
  }
  return found
}

/** A drain leaves the pods of DaemonSets alone; others, such as a descheduler, evict them. */
function overlap(other: string, workloads: readonly Workload[]): Finding {
  const [first] = workloads
  const more = workloads.length > 1 ? ` and ${workloads.length - 1} more` : ''
  const hang = workloads.some(({ kind }) => kind !== 'DaemonSet') ? ', so drains hang' : ''
  const message = `budget ${other} covers pods of ${first?.kind ?? ''} ${first?.name ?? ''}${more}, too: they cannot be evicted${hang}`
  return { message, path, against: other }
}

/** The label of its own domain by which an operator knows the pods that it makes, as `cnpg.io/cluster`, if no workload has any such. */
function labelOfOperator(
  selector: LabelSelector,
  workloads: readonly Workload[],
  view: ClusterView,
): string | undefined {
  const keys = requirementsOf(selector).map(({ key }) => key)
  const foreign = keys.filter((key) => key.includes('/') && !/(^|\.)kubernetes\.io\//.test(key))
  return foreign.find((key) => !workloads.some((workload) => key in (podLabels(workload, view) ?? {})))
}

/** Where pods may be that it covers, of which no workload in view tells. A status tells whether there are any at all. */
function coveredElsewhere(budget: KubeObject, selector: LabelSelector, view: ClusterView): string | undefined {
  const { namespace = '' } = budget.metadata
  const [other] = othersMatching(otherPodKinds, selector, view, namespace)
  if (other) return `it covers pods of ${other.kind} ${other.metadata.name ?? ''}, which is not judged`
  const counted = valueAt(budget, '/status/expectedPods') as number | null | undefined
  if (counted != null && counted > 0) return `it covers ${counted} pods of no workload in view`
  const workloads = workloadsMatching({}, view, namespace)
  const later = workloads.find((workload) => mayMatchLater(selector, podLabels(workload, view) ?? {}))
  if (later) return `it asks for labels that pods of ${later.kind} ${later.name} may get later`
  const label = counted == null ? labelOfOperator(selector, workloads, view) : undefined
  return label && `no workload in view has the label ${label}, but an operator may make such pods`
}

/** Why it is no fault that nothing in view is covered, or what is wrong with it. */
function nothingCovered(budget: KubeObject, selector: LabelSelector, context: RuleContext<object>): CheckResult {
  const { view, request, asWritten } = context
  const { namespace = '', ownerReferences = [] } = budget.metadata
  const owner = ownerReferences.find(({ controller }) => controller === true)
  if (owner) return { skip: `${owner.kind} ${owner.name}, which controls it, knows which pods it covers` }
  if (request !== undefined && !asWritten) return { skip: 'pending: the workload that it covers may follow' }
  const unknown = workloadKinds.find((kind) => !view.knows(kind, namespace))
  if (unknown !== undefined) {
    return { skip: `it covers no workload in view, and not every ${kindOf(unknown)} is known` }
  }
  const elsewhere = coveredElsewhere(budget, selector, view)
  if (elsewhere !== undefined) return { skip: elsewhere }
  return [{ message: 'it covers the pods of no workload, so it protects nothing', path }]
}

function check(budget: KubeObject, context: RuleContext<object>): CheckResult {
  const { selector } = budgetSpecOf(budget)
  if (selector == null) return [{ message: 'without a selector it covers no pods, so it protects nothing', path }]
  const covered = workloadsMatching(selector, context.view, budget.metadata.namespace ?? '')
  if (covered.length === 0) return nothingCovered(budget, selector, context)
  return [...shared(budget, covered, context.view)].map(([other, workloads]) => overlap(other, workloads))
}

export const disallowOverlappingDisruptionBudgets: KindRule = {
  id: 'disallow-overlapping-disruption-budgets',
  title: 'A pod has one disruption budget, and a budget has pods',
  why: 'The eviction API refuses to evict a pod that two budgets cover, however many replicas are ready, so every node drain hangs on it; and a budget that covers nothing lets a drain take all pods while everybody believes them protected.',
  remedy: 'Leave one budget for each set of pods, with the labels of their template as its selector.',
  category: 'disruption',
  severity: 'high',
  judges: 'PodDisruptionBudget.policy',
  affectedBy: workloadKinds,
  needs: ['PodDisruptionBudget.policy'],
  uses: workloadKinds,
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'warn' },
  fix: 'none',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'feastflow'],
  alike: {},
  check,
}
