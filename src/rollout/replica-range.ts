import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'

/** The replica counts a workload may have, both ends included; `scaler` names the autoscaler that chooses. */
export interface ReplicaRange {
  readonly min: number
  readonly max: number
  readonly scaler?: string
}

interface AutoscalerSpec {
  readonly minReplicas?: number | null
  readonly maxReplicas?: number
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string; readonly apiVersion?: string } | null
}

function targets(autoscaler: KubeObject, workload: Workload): boolean {
  const target = ((autoscaler['spec'] ?? {}) as AutoscalerSpec).scaleTargetRef
  const group = workload.object.apiVersion.split('/')[0]
  return (
    target?.kind === workload.kind && target.name === workload.name && (target.apiVersion ?? '').split('/')[0] === group
  )
}

/** The HorizontalPodAutoscaler's range (minReplicas defaults to 1), else the workload's own number. An unknown HPA counts as none. */
export function replicaRange(workload: Workload, view: ClusterView): ReplicaRange {
  const own = workload.replicas ?? 1
  const autoscalers = view.list('HorizontalPodAutoscaler.autoscaling', workload.namespace)
  const autoscaler = autoscalers.find((candidate) => targets(candidate, workload))
  if (autoscaler === undefined) return { min: own, max: own }
  const spec = (autoscaler['spec'] ?? {}) as AutoscalerSpec
  const min = spec.minReplicas ?? 1
  return { min, max: Math.max(min, spec.maxReplicas ?? min), scaler: autoscaler.metadata.name ?? 'HPA' }
}
