import { resolve } from '../kube/int-or-percent.ts'
import { selectorIndex } from '../kube/label-index.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { IntOrPercent, KubeObject, LabelSelector } from '../model/object.ts'
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
