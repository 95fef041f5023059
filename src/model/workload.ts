import type { GroupKind, IntOrPercent, Json, JsonPointer, KubeObject, LabelSelector, Quantity } from './object.ts'

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout'

export interface ProbeHandler {
  readonly httpGet?: {
    readonly path?: string
    readonly port: number | string
    readonly scheme?: string
    readonly host?: string
    readonly httpHeaders?: readonly { readonly name: string; readonly value?: string }[]
  }
  readonly tcpSocket?: { readonly port: number | string; readonly host?: string }
  readonly grpc?: { readonly port: number; readonly service?: string }
  readonly exec?: { readonly command?: readonly string[] }
}

/** Times are seconds; absent ones have the API's defaults (delay 0, period 10, timeout 1, failures 3). */
export interface Probe extends ProbeHandler {
  readonly initialDelaySeconds?: number
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
  readonly terminationGracePeriodSeconds?: number
}

/** `sleep` without `seconds` is 0; a `tcpSocket` hook is accepted and never run. */
export interface LifecycleHandler extends ProbeHandler {
  readonly sleep?: { readonly seconds?: number }
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly hostPort?: number
  readonly protocol?: string
}

/** Quantities by the resource's name. */
export interface Resources {
  readonly requests?: Readonly<Record<string, Quantity>> | null
  readonly limits?: Readonly<Record<string, Quantity>> | null
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly command?: readonly string[]
  readonly ports?: readonly ContainerPort[]
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: { readonly preStop?: LifecycleHandler; readonly postStart?: LifecycleHandler }
  /** `Always` on an init container makes it a native sidecar. */
  readonly restartPolicy?: string
  readonly resources?: Resources
}

/** A container with its place in the raw object. */
export interface PlacedContainer {
  readonly container: Container
  readonly at: JsonPointer
}

export interface PodSpec {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly terminationGracePeriodSeconds?: number
  /** Of the pod as a whole, beside its containers' own. */
  readonly resources?: Resources
  readonly [field: string]: unknown
}

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec?: PodSpec
}

interface PodBudget {
  readonly maxUnavailable: IntOrPercent
  readonly maxSurge: IntOrPercent
}

/** How new pods replace old ones, API defaults applied. */
export type RolloutStrategy =
  | ({ readonly type: 'RollingUpdate' } & PodBudget)
  | ({
      readonly type: 'Canary'
      readonly trafficRouted: boolean
      /** Whether stable pods go as the canary gets their traffic, not all at once in the end. */
      readonly dynamicStableScale: boolean
    } & PodBudget)
  | { readonly type: 'BlueGreen' }
  | { readonly type: 'Recreate' }
  | { readonly type: 'OnDelete' }

/** Where a workload's parts lie in the raw object. */
export interface WorkloadPointers {
  readonly template: JsonPointer
  /** The whole strategy: `/spec/strategy` or `/spec/updateStrategy`. */
  readonly strategy: JsonPointer
  /** The object that holds maxUnavailable and maxSurge: `/spec/strategy/rollingUpdate`, `/spec/strategy/canary` … */
  readonly budget: JsonPointer
}

/** A Deployment, StatefulSet, DaemonSet or Argo Rollout read with the API's defaults; `at` points into the raw object. */
export interface Workload {
  readonly object: KubeObject
  readonly kind: WorkloadKind
  readonly groupKind: GroupKind
  readonly name: string
  readonly namespace: string
  /** Default 1; undefined for a DaemonSet, which has one pod a node. */
  readonly replicas: number | undefined
  readonly selector: LabelSelector | undefined
  readonly template: PodTemplate
  /** Set when the pods are described in another object (an Argo Rollout's `workloadRef`); `template` is then empty. */
  readonly templateRef?: { readonly kind: string; readonly name: string }
  readonly strategy: RolloutStrategy
  /** Whether the controller can start a pod before it stops one of the same workload. */
  readonly canSurge: boolean
  /** Whether a rollout counts as failed when it makes no progress for `progressDeadlineSeconds`. */
  readonly hasDeadline: boolean
  readonly at: WorkloadPointers
  /** What the API server writes where the author wrote nothing, by pointer; containers excepted (of their probes, see `probeDefaultAt`). */
  readonly defaults: Readonly<Record<JsonPointer, Json>>
}
