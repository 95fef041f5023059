import { indexBy } from '../kube/index-by.ts'
import type { ClusterView } from '../model/cluster-view.ts'
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

function targetText(kind = '', name = '', apiVersion = ''): string {
  return `${kind} ${name} ${apiVersion.split('/')[0] ?? ''}`
}

const byTarget = indexBy((autoscaler) => {
  const { kind, name, apiVersion } = ((autoscaler['spec'] ?? {}) as AutoscalerSpec).scaleTargetRef ?? {}
  return targetText(kind, name, apiVersion)
})

/** The HorizontalPodAutoscaler's range (minReplicas defaults to 1), else the workload's own number. An unknown HPA counts as none. */
export function replicaRange(workload: Workload, view: ClusterView): ReplicaRange {
  const own = workload.replicas ?? 1
  const autoscalers = view.list('HorizontalPodAutoscaler.autoscaling', workload.namespace)
  const autoscaler = byTarget(autoscalers).get(targetText(workload.kind, workload.name, workload.object.apiVersion))
  if (autoscaler === undefined) return { min: own, max: own }
  const spec = (autoscaler['spec'] ?? {}) as AutoscalerSpec
  const min = spec.minReplicas ?? 1
  return { min, max: Math.max(min, spec.maxReplicas ?? min), scaler: autoscaler.metadata.name ?? 'HPA' }
}
