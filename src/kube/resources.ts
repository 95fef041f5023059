import type { GroupKind } from '../model/object.ts'

/** How the API server serves a kind. */
export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  /** The last part of the path of a list. */
  readonly plural: string
  /** `cluster`: in no namespace; `self`: it is the namespace. */
  readonly scope: 'namespace' | 'cluster' | 'self'
  /** A custom resource: where it is not installed, there are none. */
  readonly custom?: true
  /** Parts of its status that rules need to know. */
  readonly status?: readonly string[]
}

function apps(kind: string): Resource {
  return { apiVersion: 'apps/v1', kind, plural: `${kind.toLowerCase()}s`, scope: 'namespace' }
}

/** Every kind that can be read. Secrets and ConfigMaps stay out: no rule may see their data. */
export const resources: Readonly<Record<GroupKind, Resource>> = {
  'Deployment.apps': apps('Deployment'),
  'StatefulSet.apps': apps('StatefulSet'),
  'DaemonSet.apps': apps('DaemonSet'),
  'ReplicaSet.apps': apps('ReplicaSet'),
  'ControllerRevision.apps': apps('ControllerRevision'),
  'CronJob.batch': { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs', scope: 'namespace' },
  'Job.batch': { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', scope: 'namespace' },
  'Rollout.argoproj.io': {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    plural: 'rollouts',
    scope: 'namespace',
    custom: true,
  },
  'PodDisruptionBudget.policy': {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    plural: 'poddisruptionbudgets',
    scope: 'namespace',
    status: ['expectedPods'],
  },
  'HorizontalPodAutoscaler.autoscaling': {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    scope: 'namespace',
  },
  'ScaledObject.keda.sh': {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    plural: 'scaledobjects',
    scope: 'namespace',
    custom: true,
  },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods', scope: 'namespace' },
  LimitRange: { apiVersion: 'v1', kind: 'LimitRange', plural: 'limitranges', scope: 'namespace' },
  ResourceQuota: {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    plural: 'resourcequotas',
    scope: 'namespace',
    status: ['used'],
  },
  PersistentVolumeClaim: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    scope: 'namespace',
  },
  Service: { apiVersion: 'v1', kind: 'Service', plural: 'services', scope: 'namespace' },
  Namespace: { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', scope: 'self' },
  Node: { apiVersion: 'v1', kind: 'Node', plural: 'nodes', scope: 'cluster' },
}
