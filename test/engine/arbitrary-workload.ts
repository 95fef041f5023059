import fc from 'fast-check'
import { applied } from '../../src/kube/patch.ts'
import { join, valueAt } from '../../src/kube/pointer.ts'
import type { Json, KubeObject } from '../../src/model/object.ts'

/** A workload as its author writes it, and what is in the namespace beside it. */
export interface WrittenWorkload {
  readonly object: KubeObject
  readonly companions: readonly KubeObject[]
  /** Nothing else exists; otherwise only the kinds among the companions are known. */
  readonly isComplete: boolean
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
/** Null is what a template renders for an empty value. */
const orNull = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 14, arbitrary }, { weight: 1, arbitrary: fc.constant(null) })

function withoutUndefined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const port = fc.constantFrom<Json>(8080, 9090, 'http', 'admin')
const handler = fc.oneof(
  fc.record({ httpGet: fc.record({ path: fc.constantFrom('/livez', '/readyz', '/'), port }) }),
  fc.record({ tcpSocket: fc.record({ port }) }),
  fc.record({ grpc: fc.record({ port: fc.constantFrom(8080, 9090) }) }),
  fc.record({ exec: fc.record({ command: fc.constantFrom(['true'], ['sh', '-c', 'curl localhost']) }) }),
)
const timing = {
  initialDelaySeconds: maybe(fc.nat(120)),
  periodSeconds: maybe(fc.integer({ min: 1, max: 60 })),
  timeoutSeconds: maybe(fc.integer({ min: 1, max: 30 })),
  failureThreshold: maybe(fc.integer({ min: 1, max: 60 })),
}
/** Only a readiness probe may ask for several successes, and only the others have a grace of their own. */
const readiness = fc
  .tuple(handler, fc.record({ ...timing, successThreshold: rarely(fc.integer({ min: 1, max: 3 })) }))
  .map(([asked, times]) => ({ ...asked, ...withoutUndefined(times) }))
const restarting = fc
  .tuple(handler, fc.record({ ...timing, terminationGracePeriodSeconds: rarely(fc.integer({ min: 1, max: 60 })) }))
  .map(([asked, times]) => ({ ...asked, ...withoutUndefined(times) }))
const hook = fc.oneof(
  fc.record({ sleep: fc.record({ seconds: fc.nat(40) }) }),
  fc.constantFrom(
    { exec: { command: ['sleep', '12'] } },
    { exec: { command: ['sh', '-c', 'sleep 50 && quit'] } },
    { exec: { command: ['/drain'] } },
    { httpGet: { port: 8080 } },
  ),
)
const resources = fc
  .record({
    requests: maybe(fc.constantFrom({ cpu: '100m' }, { cpu: '1', memory: '64Mi' }, { memory: '1Gi' })),
    limits: maybe(fc.constantFrom({ memory: '1Gi' }, { cpu: '2', memory: '2Gi' })),
  })
  .map(withoutUndefined)

/** Each container has ports of its own: those of one pod share an address. */
function container(name: string, containerPort: number, portName: string) {
  const ports = fc
    .record({ name: maybe(fc.constant(portName)), hostPort: rarely(fc.constant(containerPort)) })
    .map((fields) => [{ containerPort, ...withoutUndefined(fields) }])
  const images = ['shop/web:1.5.0', 'shop/web', 'shop/web:latest', 'gcr.io/distroless/static:nonroot']
  return fc
    .record({
      image: fc.constantFrom(...images, `shop/web@sha256:${'0a'.repeat(32)}`),
      ports: maybe(orNull(ports)),
      resources: maybe(orNull(resources)),
      readinessProbe: maybe(orNull(readiness)),
      livenessProbe: maybe(orNull(restarting)),
      startupProbe: maybe(orNull(restarting)),
      lifecycle: maybe(orNull(fc.record({ preStop: orNull(hook) }, { requiredKeys: [] }))),
    })
    .map((fields) => ({ name, ...withoutUndefined(fields) }))
}

const term = fc.constantFrom('kubernetes.io/hostname', 'topology.kubernetes.io/zone').map((topologyKey) => ({
  topologyKey,
  labelSelector: { matchLabels: { app: 'web' } },
}))
const apart = term.map((each) => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [each] } }))
const spread = fc
  .tuple(term, fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'))
  .map(([each, whenUnsatisfiable]) => [{ maxSkew: 1, whenUnsatisfiable, ...each }])
const volumes = fc.constantFrom(
  [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  [{ name: 'tmp', emptyDir: {} }],
)
const pod = fc
  .record({
    containers: fc.tuple(container('web', 8080, 'http'), maybe(container('admin', 9090, 'admin'))),
    sidecar: rarely(container('proxy', 15006, 'proxy')),
    terminationGracePeriodSeconds: maybe(fc.nat(90)),
    volumes: rarely(orNull(volumes)),
    affinity: rarely(apart),
    topologySpreadConstraints: rarely(spread),
  })
  .map(({ containers, sidecar, ...fields }) => ({
    ...withoutUndefined(fields),
    containers: containers.filter((each) => each !== undefined),
    ...(sidecar ? { initContainers: [{ ...sidecar, restartPolicy: 'Always' }] } : {}),
  }))

const intOrPercent = fc.constantFrom<Json>(0, 1, 2, 5, '0%', '10%', '25%', '50%', '100%')
const budget = fc.record({ maxUnavailable: orNull(intOrPercent), maxSurge: orNull(intOrPercent) }, { requiredKeys: [] })

/** `type` and its settings, under the field's name in the kind; `stopping` is the type that has no budget. */
function strategyField(field: string, stopping: string): fc.Arbitrary<object> {
  const rolling = fc
    .record({ type: maybe(fc.constant('RollingUpdate')), rollingUpdate: maybe(orNull(budget)) })
    .map(withoutUndefined)
  const strategy = fc.oneof(
    { weight: 4, arbitrary: rolling },
    { weight: 1, arbitrary: fc.constant({ type: stopping }) },
  )
  return maybe(orNull(strategy)).map((value) => withoutUndefined({ [field]: value }))
}

const trafficRouting = { plugins: { 'argoproj-labs/gatewayAPI': {} } }
const rolloutStrategy = fc
  .oneof(
    { weight: 4, arbitrary: budget.map((canary) => ({ canary })) },
    {
      weight: 1,
      arbitrary: fc
        .record({ canary: budget, dynamicStableScale: maybe(fc.boolean()) })
        .map(({ canary, dynamicStableScale }) => ({
          canary: withoutUndefined({ ...canary, trafficRouting, dynamicStableScale }),
        })),
    },
    { weight: 1, arbitrary: fc.constant({ blueGreen: { activeService: 'web' } }) },
  )
  .map((strategy) => ({ strategy }))

const replicas = maybe(orNull(fc.nat(12))).map((value) => withoutUndefined({ replicas: value }))
const clock = fc
  .record({ progressDeadlineSeconds: maybe(fc.integer({ min: 61, max: 900 })), paused: rarely(fc.boolean()) })
  .map(withoutUndefined)
const nothing = fc.constant({})
const kinds = fc.oneof(
  ...[
    { kind: 'Deployment', apiVersion: 'apps/v1', parts: [replicas, clock, strategyField('strategy', 'Recreate')] },
    { kind: 'StatefulSet', apiVersion: 'apps/v1', parts: [replicas, strategyField('updateStrategy', 'OnDelete')] },
    { kind: 'DaemonSet', apiVersion: 'apps/v1', parts: [strategyField('updateStrategy', 'OnDelete')] },
    { kind: 'Rollout', apiVersion: 'argoproj.io/v1alpha1', parts: [replicas, clock, rolloutStrategy] },
  ].map(({ kind, apiVersion, parts }) =>
    fc.tuple(nothing, ...parts).map((all) => ({ kind, apiVersion, spec: Object.assign({}, ...all) as object })),
  ),
)

const common = fc
  .record({
    minReadySeconds: maybe(fc.nat(60)),
    revisionHistoryLimit: maybe(orNull(fc.nat(12))),
  })
  .map(withoutUndefined)

const selected = { app: 'web' }
/** A namespace that has to be there is made of what every cluster has. */
const namespace = 'default'

function companion(apiVersion: string, kind: string, spec: object): KubeObject {
  return { apiVersion, kind, metadata: { name: 'web', namespace }, spec }
}

const service = fc
  .constantFrom(selected, { app: 'other' })
  .chain((selector) =>
    fc
      .constantFrom<Json>(8080, 'http', 'admin')
      .map((targetPort) => companion('v1', 'Service', { selector, ports: [{ port: 80, targetPort }] })),
  )
const disruptionBudget = fc
  .constantFrom({ maxUnavailable: 1 }, { minAvailable: 1 }, { minAvailable: '50%' })
  .map((spec) => companion('policy/v1', 'PodDisruptionBudget', { ...spec, selector: { matchLabels: selected } }))
const claim = fc
  .constantFrom('ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod')
  .map((mode) => companion('v1', 'PersistentVolumeClaim', { accessModes: [mode] }))
  .map((object) => ({ ...object, metadata: { name: 'data', namespace } }))
const nodes = fc.integer({ min: 1, max: 5 }).map((count) =>
  Array.from({ length: count }, (_, i): KubeObject => {
    const labels = { 'kubernetes.io/hostname': `node-${i}`, 'topology.kubernetes.io/zone': `zone-${i % 3}` }
    return { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${i}`, labels } }
  }),
)

function autoscalerOf({ kind, apiVersion }: KubeObject): fc.Arbitrary<KubeObject> {
  return fc.tuple(maybe(fc.integer({ min: 1, max: 4 })), fc.integer({ min: 4, max: 12 })).map(([min, maxReplicas]) => {
    const scaleTargetRef = { apiVersion, kind, name: 'web' }
    return companion('autoscaling/v2', 'HorizontalPodAutoscaler', {
      scaleTargetRef,
      maxReplicas,
      ...(min === undefined ? {} : { minReplicas: min }),
    })
  })
}

const workload = fc
  .record({ kind: kinds, common, pod, annotations: maybe(fc.constant({ 'kubernetes.io/change-cause': 'first' })) })
  .map(({ kind: { kind, apiVersion, spec }, common: settings, pod: podSpec, annotations }): KubeObject => {
    const template = { metadata: { labels: selected }, spec: podSpec }
    return {
      apiVersion,
      kind,
      metadata: { name: 'web', namespace, ...(annotations ? { annotations } : {}) },
      spec: { ...settings, ...spec, selector: { matchLabels: selected }, template },
    }
  })

/** Workloads of every kind in all the shapes that rules look at, most of them such as the API server takes. */
export const writtenWorkload: fc.Arbitrary<WrittenWorkload> = workload
  .chain((object) =>
    fc.record({
      object: fc.constant(object),
      beside: fc.tuple(maybe(service), maybe(disruptionBudget), rarely(autoscalerOf(object)), rarely(claim)),
      nodes: rarely(nodes),
      isComplete: fc.boolean(),
    }),
  )
  .map(({ object, beside, nodes: some = [], isComplete }) => {
    const companions = [...beside.filter((each) => each !== undefined), ...some]
    // fast-check's records have no prototype; what is read from a file has one.
    return structuredClone({ object, companions, isComplete })
  })

function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)])) as T
}

const ofProbes = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
const ofPods = { '/spec/template/spec/terminationGracePeriodSeconds': 30 }
const ofDeployments = { ...ofPods, '/spec/replicas': 1, '/spec/revisionHistoryLimit': 10 }
const ofSets = { ...ofPods, '/spec/revisionHistoryLimit': 10, '/spec/updateStrategy/type': 'RollingUpdate' }
/** apps/v1 SetDefaults_…, written down apart from the readers under test; a custom resource has none. */
const defaults: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  Deployment: { ...ofDeployments, '/spec/progressDeadlineSeconds': 600, '/spec/strategy/type': 'RollingUpdate' },
  StatefulSet: { ...ofSets, '/spec/replicas': 1 },
  DaemonSet: ofSets,
}
const ofRolling: typeof defaults = {
  Deployment: {
    '/spec/strategy/rollingUpdate/maxUnavailable': '25%',
    '/spec/strategy/rollingUpdate/maxSurge': '25%',
  },
  DaemonSet: {
    '/spec/updateStrategy/rollingUpdate/maxUnavailable': 1,
    '/spec/updateStrategy/rollingUpdate/maxSurge': 0,
  },
}

function withDefaults(object: KubeObject, values: Readonly<Record<string, Json>> = {}): KubeObject {
  return Object.entries(values).reduce(
    (so, [path, value]) => (valueAt(so, path) === undefined ? applied(so, { op: 'add', path, value }) : so),
    object,
  )
}

function probeDefaults(object: KubeObject): Record<string, Json> {
  const at = '/spec/template/spec'
  const places = ['containers', 'initContainers'].flatMap((list) => {
    const containers = (valueAt(object, join(at, list)) ?? []) as readonly object[]
    return containers.flatMap((each, i) =>
      ['readinessProbe', 'livenessProbe', 'startupProbe']
        .filter((probe) => Object.hasOwn(each, probe))
        .map((probe) => join(at, list, i, probe)),
    )
  })
  return Object.fromEntries(
    places.flatMap((place) => Object.entries(ofProbes).map(([field, value]) => [join(place, field), value])),
  )
}

/** What the API server makes of a manifest that kubectl applies: nulls gone, defaults filled in, the author's words beside it. */
export function asStored(written: KubeObject): KubeObject {
  const annotations = {
    ...written.metadata.annotations,
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(written),
  }
  const plain = { ...withoutNulls(written), metadata: { ...written.metadata, annotations } }
  if (plain.kind === 'Rollout') return plain
  const object = withDefaults(withDefaults(plain, defaults[plain.kind]), probeDefaults(plain))
  const type = valueAt(object, '/spec/strategy/type') ?? valueAt(object, '/spec/updateStrategy/type')
  return type === 'RollingUpdate' ? withDefaults(object, ofRolling[object.kind]) : object
}

/** Every value that an author wrote, by pointer; null is none. */
export function leavesOf(value: unknown, at = ''): [string, unknown][] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item, i) => leavesOf(item, join(at, i)))
  if (typeof value !== 'object') return [[at, value]]
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, join(at, key)))
}
