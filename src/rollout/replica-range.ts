import type { ClusterView } from '../model/cluster-view.ts'
import type { Workload } from '../model/workload.ts'
import { autoscalerOf, autoscalerSpecOf } from './autoscaler.ts'

/** The replica counts a workload may have, both ends included; `scaler` names the autoscaler that chooses. */
export interface ReplicaRange {
  readonly min: number
  readonly max: number
  readonly scaler?: string
}

/** The HorizontalPodAutoscaler's range (minReplicas defaults to 1), else the workload's own number. An unknown one counts as none. */
export function replicaRange(workload: Workload, view: ClusterView): ReplicaRange {
  const own = workload.replicas ?? 1
  const autoscaler = autoscalerOf(workload, view)
  if (autoscaler === undefined) return { min: own, max: own }
  const spec = autoscalerSpecOf(autoscaler)
  const min = spec.minReplicas ?? 1
  return { min, max: Math.max(min, spec.maxReplicas ?? min), scaler: autoscaler.metadata.name ?? 'HPA' }
}

/** Who may scale the workload to a count that is not its own, as a sentence says it after the count. */
export function scaledBy(count: number, workload: Workload, view: ClusterView): string {
  if (workload.replicas === undefined || count === workload.replicas) return ''
  return replicaRange(workload, view).scaler === undefined ? ' if scaled' : ' by HPA'
}
