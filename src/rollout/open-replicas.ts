import type { RuleContext } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { replicaRange } from './replica-range.ts'

/** Whether it is known that nobody wrote `replicas` and no autoscaler in view chooses, so that anything may scale the workload. */
export function hasOpenReplicas(
  workload: Workload,
  { view, omitted }: Pick<RuleContext<object>, 'view' | 'omitted'>,
): boolean {
  return workload.replicas !== undefined && omitted('/spec/replicas') && !replicaRange(workload, view).scaler
}
