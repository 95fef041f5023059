import fc from 'fast-check'
import t from 'tap'
import { viewOf } from '../../src/kube/view-of.ts'
import type { IntOrPercent, KubeObject } from '../../src/model/object.ts'
import type { CheckResult } from '../../src/model/rule.ts'
import type { PodTemplate, Workload, WorkloadKind } from '../../src/model/workload.ts'
import { describeChange } from '../../src/rollout/describe-change.ts'
import { disruptionsAllowed } from '../../src/rollout/disruptions.ts'
import { nodeCount } from '../../src/rollout/nodes.ts'
import { replicaRange } from '../../src/rollout/replica-range.ts'
import { rollingBudget, worstCase } from '../../src/rollout/rolling-budget.ts'
import { disallowBlockingDisruptionBudget } from '../../src/rules/disallow-blocking-disruption-budget.ts'
import { limitMaxSurge } from '../../src/rules/limit-max-surge.ts'
import { limitMaxUnavailable } from '../../src/rules/limit-max-unavailable.ts'
import { readWorkload } from '../../src/workloads/read-workload.ts'

const written = fc.oneof(
  fc.nat(12),
  fc.nat(120).map((percent): IntOrPercent => `${percent}%`),
)
const kinds: readonly WorkloadKind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']
const apiVersions = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Rollout: 'argoproj.io/v1alpha1',
}

/** Parts of `base` as the controllers take them, counted pod by pod instead of by division. */
function countOf(value: IntOrPercent, base: number, isUp: boolean): number {
  if (typeof value === 'number') return value
  const hundredths = Number(value.slice(0, -1)) * base
  let pods = 0
  while ((pods + 1) * 100 <= hundredths) pods++
  return isUp && pods * 100 < hundredths ? pods + 1 : pods
}

/** What the controller of the kind takes down and adds, written from its source step by step. */
function asController(kind: WorkloadKind, unavailable: IntOrPercent, surge: IntOrPercent, replicas: number) {
  if (kind === 'StatefulSet')
    return { down: Math.min(replicas, Math.max(1, countOf(unavailable, replicas, false))), up: 0 }
  if (kind === 'DaemonSet') return { down: countOf(unavailable, replicas, true), up: countOf(surge, replicas, true) }
  const up = countOf(surge, replicas, true)
  let down = countOf(unavailable, replicas, false)
  if (down === 0 && up === 0) down = 1
  if (replicas === 0) down = 0
  return { down: Math.min(down, replicas), up }
}

t.test('a rolling budget is what the controller of each kind makes of it', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      written,
      written,
      fc.nat(150),
      (kind, maxUnavailable, maxSurge, replicas) => {
        const budget = rollingBudget(kind, { maxUnavailable, maxSurge }, replicas)
        const expected = asController(kind, maxUnavailable, maxSurge, replicas)
        t.strictSame(
          [budget.maxUnavailable, budget.maxSurge],
          [expected.down, expected.up],
          JSON.stringify({ kind, maxUnavailable, maxSurge, replicas }),
        )
      },
    ),
    { numRuns: 5000 },
  )
  t.end()
})

t.test('the facts of the fenceposts, one by one', (t) => {
  const down = (kind: WorkloadKind, maxUnavailable: IntOrPercent, maxSurge: IntOrPercent, replicas: number) =>
    rollingBudget(kind, { maxUnavailable, maxSurge }, replicas).maxUnavailable
  t.equal(down('Deployment', '25%', '25%', 3), 0, '25 % of 3 rounds down')
  t.equal(down('Deployment', '25%', '25%', 4), 1)
  t.equal(down('Deployment', 0, 0, 4), 1, 'neither means 1')
  t.equal(down('Deployment', '25%', '0%', 3), 1)
  t.equal(down('Deployment', 5, 1, 2), 2, 'no more than there are')
  t.equal(down('Deployment', 5, 0, 0), 0, 'of none, none')
  t.equal(down('Rollout', 0, 0, 4), 1)
  t.equal(down('StatefulSet', '25%', 0, 3), 1, 'at least 1')
  t.equal(down('StatefulSet', 0, 0, 3), 1)
  t.equal(down('DaemonSet', '10%', 0, 4), 1, 'rounds up')
  t.equal(rollingBudget('Deployment', { maxUnavailable: 0, maxSurge: '25%' }, 5).maxSurge, 2, 'a surge rounds up')
  t.end()
})

t.test('the worst of some counts is the one where most are down', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      written,
      written,
      fc.array(fc.nat(60), { minLength: 1, maxLength: 5 }),
      (kind, maxUnavailable, maxSurge, counts) => {
        const worst = worstCase(kind, { maxUnavailable, maxSurge }, counts)
        const downs = counts.map((count) => asController(kind, maxUnavailable, maxSurge, count).down)
        t.equal(worst.down, Math.max(...downs))
        t.ok(counts.includes(worst.count))
      },
    ),
    { numRuns: 500 },
  )
  t.end()
})

function deployment(
  kind: 'Deployment' | 'Rollout',
  maxUnavailable: IntOrPercent,
  maxSurge: IntOrPercent,
  replicas?: number,
): KubeObject {
  const budget = { maxUnavailable, maxSurge }
  const strategy = kind === 'Deployment' ? { rollingUpdate: budget } : { canary: budget }
  return {
    apiVersion: apiVersions[kind],
    kind,
    metadata: { name: 'web' },
    spec: {
      strategy,
      template: { metadata: { labels: { app: 'web' } } },
      ...(replicas === undefined ? {} : { replicas }),
    },
  }
}

function autoscaler(kind: string, min: number | undefined, max: number, apiVersion = 'apps/v1'): KubeObject {
  const spec = {
    scaleTargetRef: { apiVersion, kind, name: 'web' },
    maxReplicas: max,
    ...(min === undefined ? {} : { minReplicas: min }),
  }
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec }
}

function workloadOf(object: KubeObject): Workload {
  const workload = readWorkload(object)
  if (workload === undefined) throw new Error(`${object.kind} is no workload`)
  return workload
}

function isFinding(result: CheckResult): boolean {
  return 'length' in result && result.length > 0
}

const context = <P>(params: P, objects: readonly KubeObject[], wrote = true) => ({
  params,
  view: viewOf(objects),
  wrote: () => wrote,
  isApplied: () => wrote,
  omitted: () => !wrote,
  asWritten: true,
  now: 0,
})
const range = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(30)).map(([min, more]) => [min, min + more] as const)

/** Counts that an autoscaler may choose, each of them. */
function each([min, max]: readonly [number, number]): number[] {
  return Array.from({ length: max - min + 1 }, (_, i) => min + i)
}

t.test('what limit-max-unavailable says of a range holds at one of its counts, and only then', (t) => {
  let found = 0
  fc.assert(
    fc.property(
      fc.constantFrom('Deployment' as const, 'Rollout' as const),
      written,
      written,
      range,
      fc.nat(3),
      (kind, maxUnavailable, maxSurge, counts, max) => {
        const object = deployment(kind, maxUnavailable, maxSurge, 1)
        const hpa = autoscaler(kind, counts[0], counts[1], apiVersions[kind])
        const isFound = isFinding(limitMaxUnavailable.check(workloadOf(object), context({ max }, [hpa])))
        const isBad = each(counts).some((count) => asController(kind, maxUnavailable, maxSurge, count).down > max)
        t.equal(isFound, isBad, JSON.stringify({ kind, maxUnavailable, maxSurge, counts, max }))
        if (isFound) found++
      },
    ),
    { numRuns: 3000 },
  )
  t.ok(found > 500 && found < 2800, `both answers are common: ${found} found`)
  t.end()
})

t.test('nobody wrote the replicas: limit-max-unavailable says what holds at some count from 1 on', (t) => {
  fc.assert(
    fc.property(written, written, fc.nat(3), (maxUnavailable, maxSurge, max) => {
      const object = deployment('Deployment', maxUnavailable, maxSurge)
      const isFound = isFinding(limitMaxUnavailable.check(workloadOf(object), context({ max }, [], false)))
      // A number is judged at the default of 1 replica: it does not grow with the count.
      const counts = typeof maxUnavailable === 'number' ? [1] : each([1, 500])
      t.equal(
        isFound,
        counts.some((count) => asController('Deployment', maxUnavailable, maxSurge, count).down > max),
        JSON.stringify({ maxUnavailable, maxSurge, max }),
      )
    }),
    { numRuns: 500 },
  )
  t.end()
})

t.test('what limit-max-surge says of a range holds at one of its counts, and only then', (t) => {
  fc.assert(
    fc.property(
      written,
      written,
      range,
      fc.nat(3),
      fc.option(fc.integer({ min: 3, max: 6 }), { nil: undefined }),
      (maxUnavailable, maxSurge, counts, min, max) => {
        const object = deployment('Deployment', maxUnavailable, maxSurge, 1)
        const params = max === undefined ? { min } : { min, max }
        const isFound = isFinding(
          limitMaxSurge.check(workloadOf(object), context(params, [autoscaler('Deployment', ...counts)])),
        )
        const isBad = each(counts).some((count) => {
          const { up } = asController('Deployment', maxUnavailable, maxSurge, count)
          const mustAdd = countOf(maxUnavailable, count, false) === 0
          return up < Math.max(min, mustAdd ? 1 : 0) || (max !== undefined && up > max)
        })
        t.equal(isFound, isBad, JSON.stringify({ maxUnavailable, maxSurge, counts, min, max }))
      },
    ),
    { numRuns: 3000 },
  )
  t.end()
})

/** How many may be evicted one after another before the disruption controller says no. */
function evictions(spec: { minAvailable?: IntOrPercent; maxUnavailable?: IntOrPercent }, pods: number): number {
  const { minAvailable, maxUnavailable } = spec
  let healthy = pods
  const desired =
    maxUnavailable === undefined
      ? minAvailable === undefined
        ? pods
        : countOf(minAvailable, pods, true)
      : pods - countOf(maxUnavailable, pods, true)
  while (healthy > 0 && healthy - 1 >= desired) healthy--
  return pods - healthy
}

const budgetSpec = fc.oneof(
  written.map((minAvailable) => ({ minAvailable })),
  written.map((maxUnavailable) => ({ maxUnavailable })),
  fc.constant({}),
)

t.test('a budget allows as many evictions as the disruption controller would, one after another', (t) => {
  fc.assert(
    fc.property(budgetSpec, fc.nat(80), (spec, pods) => {
      t.equal(disruptionsAllowed(spec, pods), evictions(spec, pods), JSON.stringify({ spec, pods }))
    }),
    { numRuns: 3000 },
  )
  t.equal(disruptionsAllowed({ maxUnavailable: '25%' }, 3), 1, 'rounds up: 25 % of 3 is 1 for a budget')
  t.equal(disruptionsAllowed({}, 3), 0, 'neither number: none')
  t.end()
})

t.test(
  'a budget blocks if it does at one combination of counts that the autoscalers may choose, and only then',
  (t) => {
    const labels = { matchLabels: { app: 'web' } }
    fc.assert(
      fc.property(budgetSpec, range, fc.integer({ min: 1, max: 6 }), (spec, counts, others) => {
        const budget = {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'web' },
          spec: { ...spec, selector: labels },
        }
        const cache = { ...deployment('Deployment', 0, 1, others), metadata: { name: 'cache' } }
        const objects = [budget, deployment('Deployment', 0, 1, 7), autoscaler('Deployment', ...counts), cache]
        const result = disallowBlockingDisruptionBudget.check(budget, context({}, objects))
        const isBad = each(counts).some((count) => evictions(spec, count + others) === 0)
        t.equal(isFinding(result), isBad, JSON.stringify({ spec, counts, others }))
      }),
      { numRuns: 2000 },
    )
    t.end()
  },
)

t.test("the range of replicas is the autoscaler's, if one points here", (t) => {
  const web = workloadOf(deployment('Deployment', 0, 1, 3))
  const rangeWith = (...objects: KubeObject[]) => replicaRange(web, viewOf(objects))
  t.strictSame(rangeWith(), { min: 3, max: 3 })
  t.strictSame(rangeWith(autoscaler('Deployment', 2, 9)), { min: 2, max: 9, scaler: 'web' })
  t.strictSame(
    rangeWith(autoscaler('Deployment', undefined, 9)),
    { min: 1, max: 9, scaler: 'web' },
    'minReplicas defaults to 1',
  )
  t.strictSame(
    rangeWith(autoscaler('Deployment', 5, 2)),
    { min: 5, max: 5, scaler: 'web' },
    'a range the API would refuse',
  )
  t.strictSame(rangeWith(autoscaler('StatefulSet', 2, 9)), { min: 3, max: 3 })
  t.strictSame(
    rangeWith(autoscaler('Deployment', 2, 9, 'argoproj.io/v1alpha1')),
    { min: 3, max: 3 },
    'another group is another kind',
  )
  t.strictSame(rangeWith({ ...autoscaler('Deployment', 2, 9), metadata: { name: 'web', namespace: 'other' } }), {
    min: 3,
    max: 3,
  })
  t.strictSame(rangeWith({ ...autoscaler('Deployment', 2, 9), spec: { scaleTargetRef: null, maxReplicas: 3 } }), {
    min: 3,
    max: 3,
  })
  t.end()
})

t.test('nodes are counted as the DaemonSet controller would use them', (t) => {
  const daemonSet = (spec: object): Workload =>
    workloadOf({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec: { template: { spec } } })
  const node = (name: string, labels: Record<string, string>, ...taints: object[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { taints },
  })
  const taint = (key: string, value = '', effect = 'NoSchedule') => ({ key, value, effect })
  const count = (spec: object, ...nodes: KubeObject[]) => nodeCount(daemonSet(spec), viewOf(nodes))
  t.equal(count({}), undefined, 'no node in view: unknown')
  t.equal(count({}, node('a', {}), node('b', {})), 2)
  t.equal(count({ nodeSelector: { disk: 'ssd' } }, node('a', { disk: 'ssd' }), node('b', {})), 1)
  t.equal(count({ nodeSelector: null, tolerations: null, affinity: null }, node('a', {})), 1)
  t.equal(count({ affinity: {} }, node('a', {})), undefined, 'affinity decides as well')
  const tainted = node('a', {}, taint('dedicated', 'db'))
  t.equal(count({}, tainted), 0)
  t.equal(count({ tolerations: [{ key: 'dedicated', operator: 'Exists' }] }, tainted), 1)
  t.equal(
    count({ tolerations: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }] }, tainted),
    1,
    'Equal is the default operator',
  )
  t.equal(count({ tolerations: [{ key: 'dedicated', value: 'web' }] }, tainted), 0)
  t.equal(count({ tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }] }, tainted), 0)
  t.equal(count({ tolerations: [{ operator: 'Exists' }] }, tainted), 1, 'without a key, every key')
  t.equal(count({}, node('a', {}, taint('slow', '', 'PreferNoSchedule'))), 1)
  t.equal(count({}, node('a', {}, taint('evict', '', 'NoExecute'))), 0)
  for (const key of ['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable']) {
    t.equal(count({}, node('a', {}, taint(`node.kubernetes.io/${key}`))), 1, `the controller tolerates ${key}`)
  }
  t.end()
})

const name = fc.constantFrom('web', 'api', 'proxy', 'log-shipper-with-a-long-name', 'démon')
const image = fc.constantFrom(
  'shop/web:1.4.2',
  'shop/web:1.5.0',
  'shop/web',
  'registry:5000/shop/web@sha256:0a1b',
  'ghcr.io/a/b:x',
  null,
)
const secret = fc.constantFrom('s3cr3t-one', 's3cr3t-two', 's3cr3t-three')
const container = fc.record(
  {
    name,
    image,
    env: fc.option(
      fc.array(fc.record({ name: fc.constantFrom('PASSWORD', 'TOKEN', 'MODE'), value: secret }), { maxLength: 3 }),
      { nil: null },
    ),
    command: fc.array(secret, { maxLength: 2 }),
    args: fc.array(secret, { maxLength: 2 }),
    resources: fc.dictionary(fc.constantFrom('limits', 'requests'), secret),
    livenessProbe: fc.record({ exec: fc.record({ command: fc.array(secret, { maxLength: 1 }) }) }),
  },
  { requiredKeys: ['name'] },
)
const podTemplate = fc.record(
  {
    metadata: fc.record(
      {
        labels: fc.dictionary(fc.constantFrom('app', 'version'), secret),
        annotations: fc.dictionary(fc.constantFrom('note', 'token'), secret),
      },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      {
        containers: fc.array(container, { maxLength: 4 }),
        initContainers: fc.option(fc.array(container, { maxLength: 2 }), { nil: null }),
        terminationGracePeriodSeconds: fc.nat(60),
        volumes: fc.array(fc.record({ name, secret: fc.record({ secretName: secret }) }), { maxLength: 1 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<PodTemplate>

/** The same value with its keys the other way round. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  ) as T
}

t.test('a change is described in a line that never tells the value of a variable, argument or annotation', (t) => {
  const author = fc.oneof(
    fc.constant(''),
    fc.constantFrom('alice', 'alice via kubectl-set', `${'very'.repeat(60)}-long`, 'Zoë'),
  )
  fc.assert(
    fc.property(fc.option(podTemplate, { nil: undefined }), podTemplate, author, (before, after, by) => {
      const text = describeChange(before, after, by)
      t.match(text, /^[\x20-\x7e]{3,200}$/)
      t.notMatch(text, /s3cr3t/)
      t.equal(text, describeChange(reversed(before), reversed(after), by), 'the order of keys does not matter')
    }),
    { numRuns: 2000 },
  )
  t.end()
})

t.test('a change is described by what is most telling', (t) => {
  const pod = (spec: object, metadata: object = {}) => ({ metadata, spec }) as PodTemplate
  const app = (change: object = {}) => ({ name: 'api', image: 'shop/api:1.4.2', ...change })
  const told = (before: object, after: object) =>
    describeChange(pod({ containers: [app(before)] }), pod({ containers: [app(after)] }), '')
  t.equal(told({}, { image: 'shop/api:1.5.0' }), 'image api 1.4.2 -> 1.5.0')
  t.equal(
    told({ image: 'registry:5000/api' }, { image: 'registry:5000/api:2' }),
    'image api latest -> 2',
    'a port of the registry is no tag',
  )
  t.equal(told({}, { image: 'shop/api@sha256:0a' }), 'image api 1.4.2 -> sha256:0a')
  t.equal(
    told({ image: 'shop/api:1.4.2@sha256:0a' }, { image: 'shop/api:1.5.0@sha256:0b' }),
    'image api 1.4.2 -> 1.5.0',
  )
  t.equal(
    told({ image: 'shop/api:1.4.2@sha256:0a' }, { image: 'shop/api:1.4.2@sha256:0b' }),
    'image api sha256:0a -> sha256:0b',
    'the same tag tells nothing of a new digest',
  )
  t.equal(told({}, { image: 'shop/api:1.4.2@sha256:0a' }), 'image api 1.4.2 -> sha256:0a')
  t.equal(
    told({ image: 'shop/api' }, { image: 'shop/api:latest' }),
    'image api shop/api -> shop/api:latest',
    'the same version in other words',
  )
  t.equal(told({}, { image: 'fork/api:1.4.2' }), 'image api shop/api:1.4.2 -> fork/api:1.4.2')
  t.equal(told({}, { env: [{ name: 'A', value: 'x' }] }), 'api 1 env var')
  t.equal(
    told({ env: [{ name: 'A', value: 'x' }, { name: 'B' }] }, { env: [{ name: 'A', value: 'y' }] }),
    'api 2 env vars',
  )
  t.equal(told({ resources: null }, {}), 'pod template')
  t.equal(told({ env: null }, {}), 'pod template', 'null and absent are the same; there is always a cause')
  t.equal(told({}, { resources: { limits: {} }, command: ['x'] }), 'api command, api resources')
  t.equal(
    describeChange(
      pod({ containers: [app()], volumes: [] }, { labels: { a: 'b' } }),
      pod({
        containers: [app({ image: 'shop/api:2' }), { name: 'log', image: 'log:1' }],
        initContainers: [{ name: 'init', image: 'init:1' }],
      }),
      'alice via kubectl-set',
    ),
    'image api 1.4.2 -> 2, container init added, container log added, volumes, pod labels; by alice via kubectl-set',
  )
  t.equal(
    describeChange(undefined, pod({ containers: [app(), { name: 'log' }] }), 'alice'),
    'first rollout, image api shop/api:1.4.2, image log ?; by alice',
  )
  const many = Array.from({ length: 40 }, (_, i) => ({ name: `c${i}`, image: 'a:1' }))
  const cut = describeChange(
    pod({ containers: many }),
    pod({ containers: many.map((each) => ({ ...each, image: 'a:2' })) }),
    'alice',
  )
  t.match(cut, /^image c0 1 -> 2, .*\.\.\.; by alice$/)
  t.equal(cut.length, 200)
  t.end()
})

t.test('thousands of variables are compared in no time', (t) => {
  const pod = (value: string): PodTemplate => ({
    spec: {
      containers: Array.from({ length: 3 }, (_, c) => ({
        name: `c${c}`,
        env: Array.from({ length: 30_000 }, (_, i) => ({ name: `V${i}`, value })),
      })),
    },
  })
  const [before, after] = [pod('a'), pod('b')]
  const started = performance.now()
  t.equal(describeChange(before, after, ''), 'c0 30000 env vars, c1 30000 env vars, c2 30000 env vars')
  t.ok(performance.now() - started < 2000)
  t.end()
})
