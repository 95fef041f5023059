import { resolve } from '../kube/int-or-percent.ts'
import { selectorIndex } from '../kube/label-index.ts'
import { batchKinds, othersMatching } from '../kube/other-pods.ts'
import { valueAt } from '../kube/pointer.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { IntOrPercent, KubeObject, LabelSelector } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'
import { once } from '../plain/once.ts'

/** The spec of a policy/v1 PodDisruptionBudget; at most one of the two numbers is set. */
export interface DisruptionBudgetSpec {
  readonly minAvailable?: IntOrPercent | null
  readonly maxUnavailable?: IntOrPercent | null
  readonly selector?: LabelSelector | null
}

export function budgetSpecOf(budget: KubeObject): DisruptionBudgetSpec {
  return budget['spec'] ?? {}
}

/** Whether it goes by the pods that are there; what is no integer minAvailable goes by how many their controllers want. */
export function countsPods({ maxUnavailable, minAvailable }: DisruptionBudgetSpec): boolean {
  return maxUnavailable == null && typeof minAvailable === 'number'
}

/** The number that decides, as it is written. */
export function decidingNumber(spec: DisruptionBudgetSpec): string {
  if (spec.maxUnavailable != null) return `maxUnavailable ${spec.maxUnavailable}`
  return spec.minAvailable == null ? 'a budget without a number' : `minAvailable ${spec.minAvailable}`
}

const bySelector = once((budgets: readonly KubeObject[]) =>
  selectorIndex(budgets, (budget) => budgetSpecOf(budget).selector),
)

/** The budgets in view that cover pods with these labels. */
export function budgetsOver(
  labels: Readonly<Record<string, string>>,
  view: ClusterView,
  namespace: string,
): readonly KubeObject[] {
  return bySelector(view.list('PodDisruptionBudget.policy', namespace))(labels)
}

/**
 * How many of `pods` healthy pods may be evicted at once. Percentages are of the pods their controllers want and round up, both
 * of them; with neither field the answer is 0 (disruption controller, getExpectedPodCount and updatePdbStatus).
 */
export function disruptionsAllowed(spec: DisruptionBudgetSpec, pods: number): number {
  if (spec.maxUnavailable != null) return Math.min(pods, resolve(spec.maxUnavailable, pods, 'up'))
  if (spec.minAvailable != null) return Math.max(0, pods - resolve(spec.minAvailable, pods, 'up'))
  return 0
}

/**
 * What under the budget has no scale that tells the disruption controller how many pods are wanted, and so lets it allow no disruption
 * at all (getExpectedScale); as a sentence says it after the number. Finished pods of a Job count, too.
 */
export function unscaledUnder(
  budget: KubeObject,
  workloads: readonly Workload[],
  view: ClusterView,
): string | undefined {
  if (workloads.some(({ kind }) => kind === 'DaemonSet')) return 'over a DaemonSet blocks every drain'
  const jobs = othersMatching(batchKinds, budgetSpecOf(budget).selector, view, budget.metadata.namespace ?? '')
  const job = jobs.find((one) => valueAt(one, '/spec/suspend') !== true)
  return job && `lets none be evicted while ${job.kind} ${job.metadata.name ?? ''} has pods`
}
