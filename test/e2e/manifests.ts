const ready = { httpGet: { path: '/ready', port: 8080 } }
const live = { httpGet: { path: '/live', port: 8080 } }
/** What an author knows and the webhook does not. */
export const probes = { readinessProbe: ready, livenessProbe: live, startupProbe: live }
const resources = { resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } } }

/** The API's defaults, written out: what takes a pod away before its successor is ready. */
export const quarters = { maxUnavailable: '25%', maxSurge: '25%' }

/** What an author may choose; whatever is absent is left to the API server. */
interface Choices {
  readonly name: string
  readonly namespace?: string
  /** Default 4. */
  readonly replicas?: number
  /** Default `app:1`. */
  readonly image?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly rollingUpdate?: object
  /** Default: all three. */
  readonly probes?: object
  /** Default: what strict asks for; `{}` leaves the field out. */
  readonly resources?: object
  readonly podAnnotations?: Readonly<Record<string, string>>
  readonly graceSeconds?: number
}

type Manifest = Readonly<Record<string, unknown>>

function workload(kind: string, { name, namespace, replicas = 4, annotations, ...choices }: Choices): Manifest {
  const { image = 'app:1', podAnnotations, graceSeconds } = choices
  const container = { name: 'app', image, ...(choices.probes ?? probes), ...(choices.resources ?? resources) }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, ...(namespace && { namespace }), ...(annotations && { annotations }) },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas }),
      ...(choices.rollingUpdate && { strategy: { rollingUpdate: choices.rollingUpdate } }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...(podAnnotations && { annotations: podAnnotations }) },
        spec: { containers: [container], ...(graceSeconds && { terminationGracePeriodSeconds: graceSeconds }) },
      },
    },
  }
}

/** A Deployment whose author wrote probes, resources and nothing else, unless told otherwise. */
export const deployment = (choices: Choices): Manifest => workload('Deployment', choices)
export const statefulSet = (choices: Choices): Manifest => workload('StatefulSet', choices)
export const daemonSet = (choices: Choices): Manifest => workload('DaemonSet', choices)
/** An Argo Rollout, as far as its template and strategy go. */
export const rollout = ({ rollingUpdate, ...choices }: Choices): Manifest => {
  const { spec, ...rest } = workload('Rollout', choices) as { spec: object }
  return { ...rest, apiVersion: 'argoproj.io/v1alpha1', spec: { ...spec, strategy: { canary: { ...rollingUpdate } } } }
}

/** A container of which nothing is known but its image. */
export const bare = { probes: {}, resources: {} }

/** A Deployment that breaks every rule which a Deployment alone can break. */
export const careless = (choices: Choices): Manifest => deployment({ rollingUpdate: quarters, ...bare, ...choices })

/** A budget for the pods of the workload of that name; a `spec` may say `maxUnavailable` or `minAvailable`. */
export const budget = (name: string, spec: object, namespace?: string): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, ...(namespace && { namespace }) },
  spec: { ...spec, selector: { matchLabels: { app: name } } },
})

/** Rollouts without their controller: the API server keeps whatever their spec says. */
export const rolloutDefinition: Manifest = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rollouts.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { kind: 'Rollout', plural: 'rollouts', singular: 'rollout' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
}

/** What kubectl reads from stdin. */
export const yaml = (...manifests: readonly Manifest[]): string =>
  manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n')
