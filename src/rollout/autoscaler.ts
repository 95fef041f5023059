import { hasSome, type Quantities } from '../kube/pod-resources.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'
import { indexBy } from '../plain/index-by.ts'
import { once } from '../plain/once.ts'
import { kedaAutoscaler } from './keda.ts'

interface ResourceMetric {
  readonly name?: string | null
  /** Of a ContainerResource. */
  readonly container?: string | null
  readonly target?: { readonly type?: string | null } | null
}

/** The spec of a HorizontalPodAutoscaler, autoscaling/v2; v1 has no metrics. */
export interface AutoscalerSpec {
  readonly minReplicas?: number | null
  readonly maxReplicas?: number
  readonly scaleTargetRef?: { readonly kind?: string; readonly name?: string; readonly apiVersion?: string } | null
  readonly metrics?:
    | readonly { readonly resource?: ResourceMetric | null; readonly containerResource?: ResourceMetric | null }[]
    | null
}

export function autoscalerSpecOf(autoscaler: KubeObject): AutoscalerSpec {
  return autoscaler['spec'] ?? {}
}

function targetText(kind = '', name = '', apiVersion = ''): string {
  return `${kind} ${name} ${apiVersion.split('/')[0] ?? ''}`
}

const byTarget = indexBy((autoscaler: KubeObject) => {
  const { kind, name, apiVersion } = autoscalerSpecOf(autoscaler).scaleTargetRef ?? {}
  return targetText(kind, name, apiVersion)
})

const ofKeda = once((scaledObjects: readonly KubeObject[]) => scaledObjects.map(kedaAutoscaler))

/** The HorizontalPodAutoscaler in view that scales the workload, or the one that KEDA will make. An unknown one counts as none. */
export function autoscalerOf(workload: Workload, view: ClusterView): KubeObject | undefined {
  const { kind, name, namespace, object } = workload
  const autoscalers = view.list('HorizontalPodAutoscaler.autoscaling', namespace)
  const scaledObjects = view.list('ScaledObject.keda.sh', namespace)
  if (autoscalers.length + scaledObjects.length === 0) return undefined
  const target = targetText(kind, name, object.apiVersion)
  return byTarget(autoscalers).get(target) ?? byTarget(ofKeda(scaledObjects)).get(target)
}

/** A resource that is measured in parts of what is requested of it, by the whole pod or by one container. */
interface Utilization {
  readonly resource: string
  readonly container?: string
}

/** Without metrics an autoscaler goes by cpu (autoscaling/v2 SetDefaults_HorizontalPodAutoscaler), and so does every v1. */
function utilizationsOf(autoscaler: KubeObject): Utilization[] {
  const metrics = autoscalerSpecOf(autoscaler).metrics ?? []
  if (metrics.length === 0) return [{ resource: 'cpu' }]
  return metrics.flatMap(({ resource, containerResource }) => {
    const { name, container, target } = resource ?? containerResource ?? {}
    if (target?.type !== 'Utilization' || name == null) return []
    return [{ resource: name, ...(container == null ? {} : { container }) }]
  })
}

/** A container, native sidecars included, with what it requests in the end. */
export interface Requesting {
  readonly name: string
  readonly requests: Quantities
}

/**
 * Requests without which the autoscaler cannot work out a utilization: of every container, of the one it measures, or, if the pod
 * as a whole asks for anything, of anybody; none at all is as bad as a missing one (replica_calculator.go, calculateRequests).
 */
export function missingRequests(
  autoscaler: KubeObject,
  containers: readonly Requesting[],
  pod: Quantities,
): readonly { readonly resource: string; readonly container: string }[] {
  return utilizationsOf(autoscaler).flatMap(({ resource, container }) => {
    const measured = containers.filter(({ name }) => container === undefined || container === name)
    const isOfPod = container === undefined && Object.keys(pod).length > 0
    const unnamed = isOfPod ? [] : measured.filter(({ requests }) => requests[resource] === undefined)
    const sources = isOfPod
      ? [pod, ...measured.map(({ requests }) => requests)]
      : measured.map(({ requests }) => requests)
    const lacking = sources.some((requests) => hasSome(requests, resource)) ? unnamed : measured
    return lacking.map(({ name }) => ({ resource, container: name }))
  })
}
