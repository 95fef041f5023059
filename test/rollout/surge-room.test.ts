import fc from 'fast-check'
import t from 'tap'
import { fitsNodeAffinity, type NodeAffinity, requiresOneNode } from '../../src/kube/node-affinity.ts'
import { podTotals } from '../../src/kube/pod-totals.ts'
import { nanosOf, quantityText } from '../../src/kube/quantity.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject, LabelSelector } from '../../src/model/object.ts'
import type { Container, PodSpec, Workload } from '../../src/model/workload.ts'
import { exclusiveCapacity, spreadCapacity } from '../../src/rollout/domains.ts'
import { quotaDemands, quotaRoom } from '../../src/rollout/quota.ts'
import { surgeOf } from '../../src/rollout/surge.ts'
import { antiAffinity, spreads } from '../../src/rollout/surge-obstacles.ts'
import { readWorkload } from '../../src/workloads/read-workload.ts'

const zone = 'topology.kubernetes.io/zone'

function nodesIn(zones: readonly (string | undefined)[]): KubeObject[] {
  return zones.map((value, i) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${i}`, labels: value === undefined ? {} : { [zone]: value } },
  }))
}

/** The scheduler, pod after pod: any open domain that the constraint lets have one more. Stops at `limit`. */
function placed(open: readonly string[], all: readonly string[], maxSkew: number, minDomains: number, limit: number) {
  const pods = new Map(all.map((domain) => [domain, 0]))
  for (let count = 0; count < limit; count++) {
    const least = pods.size < minDomains ? 0 : Math.min(...pods.values())
    const next = open.find((domain) => (pods.get(domain) ?? 0) + 1 - least <= maxSkew)
    if (next === undefined) return count
    pods.set(next, (pods.get(next) ?? 0) + 1)
  }
  return limit
}

const zones = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 6 })

t.test('a spread has room for as many pods as the scheduler places one after another', (t) => {
  let limited = 0
  fc.assert(
    fc.property(
      zones,
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      (open, closed, maxSkew, minDomains) => {
        const eligible = nodesIn(open)
        const counted = [...eligible, ...nodesIn(closed)]
        const domains = [...new Set([...open, ...closed])]
        const expected = placed([...new Set(open)], domains, maxSkew, minDomains, 60)
        const capacity = spreadCapacity({ key: zone, maxSkew, minDomains }, eligible, counted)
        t.equal(Math.min(60, capacity), expected, JSON.stringify({ open, closed, maxSkew, minDomains }))
        if (expected < 60) limited++
      },
    ),
    { numRuns: 2000 },
  )
  t.ok(limited > 200, `both answers are common: ${limited} limited`)
  t.end()
})

t.test('what no two pods may share is there once a domain, and any number of times outside of all', (t) => {
  fc.assert(
    fc.property(zones, (values) => {
      t.equal(exclusiveCapacity(nodesIn(values), zone), new Set(values).size)
      t.equal(exclusiveCapacity(nodesIn(values), 'kubernetes.io/hostname'), values.length, 'a node is a host')
      t.equal(exclusiveCapacity(nodesIn([...values, undefined]), zone), Infinity)
    }),
  )
  t.end()
})

t.test('which nodes an affinity requires, operator by operator', (t) => {
  const [node] = [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1', labels: { disk: 'ssd', cores: '8' } } }]
  const fits = (
    ...nodeSelectorTerms: NonNullable<
      NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms']
    >[number][]
  ) => fitsNodeAffinity({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } }, node)
  const by = (
    key: string,
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt',
    ...values: string[]
  ) => ({
    matchExpressions: [{ key, operator, values }],
  })
  t.ok(fitsNodeAffinity(undefined, node), 'nothing is required')
  t.ok(fitsNodeAffinity({ requiredDuringSchedulingIgnoredDuringExecution: null }, node))
  t.ok(fits(by('disk', 'In', 'hdd', 'ssd')))
  t.notOk(fits(by('disk', 'NotIn', 'ssd')))
  t.ok(fits(by('gpu', 'NotIn', 'a100')), 'no label is none of them')
  t.ok(fits(by('disk', 'Exists')))
  t.ok(fits(by('gpu', 'DoesNotExist')))
  t.ok(fits(by('cores', 'Gt', '7')))
  t.notOk(fits(by('cores', 'Gt', '8')))
  t.ok(fits(by('cores', 'Lt', '16')))
  t.notOk(fits(by('disk', 'Gt', '1')), 'a label that is no number')
  t.notOk(fits(by('gpu', 'Lt', '1')), 'a label that is not there')
  t.ok(fits(by('disk', 'In', 'hdd'), by('cores', 'In', '8')), 'one of the terms is enough')
  t.notOk(
    fits({
      matchExpressions: [...by('disk', 'In', 'ssd').matchExpressions, ...by('cores', 'Lt', '8').matchExpressions],
    }),
  )
  t.ok(fits({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] }))
  t.notOk(fits({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-2'] }] }))
  t.notOk(fits({}), 'an empty term is none')
  t.notOk(fits(), 'no term is none')
  t.end()
})

t.test('an affinity asks for one node if every term of it names that one', (t) => {
  const asks = (...nodeSelectorTerms: object[]) =>
    requiresOneNode({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } })
  const by = (operator: string, ...values: string[]) => ({
    matchExpressions: [
      { key: 'disk', operator: 'Exists' },
      { key: 'kubernetes.io/hostname', operator, values },
    ],
  })
  const named = (value: string) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [value] }] })
  t.ok(asks(by('In', 'a')))
  t.ok(asks(named('a'), by('In', 'a')))
  t.notOk(asks(by('In', 'a', 'b')))
  t.notOk(asks(by('In', 'a'), by('In', 'b')), 'one of the terms is enough')
  t.notOk(asks(by('In', 'a'), { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }))
  t.notOk(asks(by('NotIn', 'a')))
  t.notOk(asks(), 'no term is no node')
  t.notOk(requiresOneNode(undefined))
  t.notOk(requiresOneNode({ requiredDuringSchedulingIgnoredDuringExecution: null }))
  t.end()
})

const none = { requests: {}, limits: {} }
const milli = fc.nat(4000)

function containerOf(cpu: number, i: number, more: Partial<Container> = {}): Container {
  return { name: `c${i}`, resources: { requests: { cpu: `${cpu}m` } }, ...more }
}

interface Step {
  readonly cpu: number
  readonly isSidecar: boolean
}

/** The most that runs at any one time while the pod starts and afterwards. */
function peak(steps: readonly Step[], apps: readonly number[]): number {
  let [sidecars, most] = [0, 0]
  for (const { cpu, isSidecar } of steps) {
    most = Math.max(most, sidecars + cpu)
    if (isSidecar) sidecars += cpu
  }
  return Math.max(most, sidecars + apps.reduce((sum, cpu) => sum + cpu, 0))
}

t.test('a spread counts if it must hold among pods of all revisions, over the nodes that its policies count', (t) => {
  const counted = (constraint: object) => {
    const topologySpreadConstraints = [{ topologyKey: zone, labelSelector: {}, ...constraint }]
    const template = { metadata: { labels: { app: 'web' } }, spec: { topologySpreadConstraints } }
    return spreads(workloadOf('Deployment', { template })).map(({ counts }) => counts)
  }
  const byDefault = [{ affinity: true, taints: false }]
  t.strictSame(counted({}), byDefault)
  t.strictSame(counted({ nodeAffinityPolicy: 'Honor', nodeTaintsPolicy: 'Ignore' }), byDefault)
  t.strictSame(counted({ nodeAffinityPolicy: 'Ignore' }), [{ affinity: false, taints: false }])
  t.strictSame(counted({ nodeTaintsPolicy: 'Honor' }), [{ affinity: true, taints: true }])
  t.strictSame(counted({ labelSelector: { matchLabels: { app: 'web' } } }), byDefault)
  t.strictSame(counted({ labelSelector: { matchLabels: { app: 'api' } } }), [], 'over the pods of others')
  t.strictSame(counted({ matchLabelKeys: ['pod-template-hash'] }), [], 'each revision by itself')
  t.strictSame(counted({ matchLabelKeys: ['tier'] }), byDefault)
  t.strictSame(counted({ whenUnsatisfiable: 'ScheduleAnyway' }), [], 'a wish')
  t.end()
})

t.test('a pod takes what runs together at its worst moment', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ cpu: milli, isSidecar: fc.boolean() }), { maxLength: 4 }),
      fc.array(milli, { minLength: 1, maxLength: 3 }),
      (steps, apps) => {
        const spec: PodSpec = {
          initContainers: steps.map(({ cpu, isSidecar }, i) =>
            containerOf(cpu, i, isSidecar ? { restartPolicy: 'Always' } : {}),
          ),
          containers: apps.map((cpu, i) => containerOf(cpu, 10 + i)),
        }
        t.equal(podTotals(spec, none).requests['cpu'], nanosOf(`${peak(steps, apps)}m`))
      },
    ),
  )
  t.end()
})

t.test('what a pod asks for as a whole overrules its containers, and what it costs to run comes on top', (t) => {
  const cpuOf = (spec: PodSpec) => quantityText(podTotals(spec, none).requests['cpu'] ?? 0n)
  const containers = [containerOf(200, 0), containerOf(300, 1)]
  t.equal(cpuOf({ containers }), '500m')
  t.equal(cpuOf({ containers, resources: { requests: { cpu: '2' } } }), '2')
  t.equal(cpuOf({ containers, resources: { limits: { cpu: '2' } } }), '500m', 'a limit is no request beside others')
  t.equal(
    cpuOf({ containers: [{ name: 'a' }], resources: { limits: { cpu: '2' } } }),
    '2',
    'but one where there is none',
  )
  t.equal(cpuOf({ containers, overhead: { cpu: '100m' } }), '600m')
  t.equal(cpuOf({ containers: [{ name: 'a', resources: { limits: { cpu: '1' } } }] }), '1', 'a limit is a request')
  const { limits } = podTotals({ containers, overhead: { cpu: '100m' } }, none)
  t.strictSame(limits, {}, 'without a limit there is none, whatever it costs')
  t.equal(
    cpuOf({ containers: [{ name: 'a' }] }) + cpuOf({ containers: [{ name: 'a' }], overhead: { cpu: '50m' } }),
    '050m',
  )
  t.end()
})

function workloadOf(kind: string, spec: object): Workload {
  const apiVersion = kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1'
  const workload = readWorkload({ apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, spec })
  if (workload === undefined) throw new Error(`${kind} is no workload`)
  return workload
}

t.test('a quota is short exactly if what is used and what is new is more than it allows', (t) => {
  fc.assert(
    fc.property(milli, milli, milli, fc.integer({ min: 1, max: 4 }), (hard, used, each, added) => {
      const workload = workloadOf('Deployment', { template: { spec: { containers: [containerOf(each, 0)] } } })
      const quota: KubeObject = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'compute', namespace: 'shop' },
        spec: { hard: { 'requests.cpu': `${hard}m` } },
        status: { used: { 'requests.cpu': `${used}m` } },
      }
      const { shortages, unknown } = quotaRoom(workload, { count: 1, added }, viewOf([quota]))
      t.equal(shortages.length, each > 0 && used + each * added > hard ? 1 : 0)
      t.strictSame(unknown, [], 'a status leaves nothing to guess')
    }),
  )
  t.end()
})

const items = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']
const some = fc.subarray(['cpu', 'memory', 'ephemeral-storage'])
const amountsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '0']))

/** The items of a quota that a container's requests and limits have an entry for (core evaluator, podComputeUsageHelper). */
function entries(requests: readonly string[], limits: readonly string[]): string[] {
  return [...requests.flatMap((name) => [name, `requests.${name}`]), ...limits.map((name) => `limits.${name}`)]
}

t.test('a quota refuses pods with a container that has no entry for cpu or memory where it counts them', (t) => {
  fc.assert(
    fc.property(fc.subarray([...items, 'pods', 'requests.ephemeral-storage']), some, some, (hard, requests, limits) => {
      const resources = { requests: amountsOf(requests), limits: amountsOf(limits) }
      const complete: Container = { name: 'complete', resources: { limits: { cpu: '1', memory: '1Gi' } } }
      const workload = workloadOf('Deployment', {
        template: { spec: { initContainers: [{ name: 'one', resources }], containers: [complete] } },
      })
      const quota: KubeObject = {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'compute', namespace: 'shop' },
        spec: { hard: amountsOf(hard) },
      }
      // A limit is a request, too, where none is written.
      const has = entries([...requests, ...limits], limits)
      const missing = hard.filter((item) => items.includes(item) && !has.includes(item))
      const found = quotaDemands(workload, viewOf([quota], { everything: true }))
      t.strictSame(
        found.map(({ container, resources }) => [container.container.name, ...resources]),
        missing.length > 0 ? [['one', ...missing]] : [],
      )
    }),
  )
  t.end()
})

t.test(
  'a rollout waits for a surge pod where it may add one and take none away, at the largest of its counts like that',
  (t) => {
    const number = fc.oneof(
      fc.nat(3),
      fc.nat(60).map((percent) => `${percent}%`),
    )
    const resolved = (value: number | string, count: number, round: (value: number) => number) =>
      typeof value === 'number' ? value : round((Number.parseInt(value) * count) / 100)
    const count = fc.integer({ min: 1, max: 20 })
    let between = 0
    fc.assert(
      fc.property(number, number, count, count, (maxSurge, maxUnavailable, one, other) => {
        const [least, most] = [Math.min(one, other), Math.max(one, other)]
        const workload = workloadOf('Deployment', { strategy: { rollingUpdate: { maxSurge, maxUnavailable } } })
        const scaler: KubeObject = {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: { name: 'web', namespace: 'shop' },
          spec: {
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
            minReplicas: least,
            maxReplicas: most,
          },
        }
        const surge = surgeOf(workload, viewOf([scaler]))
        const waiting = Array.from({ length: most - least + 1 }, (_, i) => least + i).filter(
          (count) => resolved(maxSurge, count, Math.ceil) > 0 && resolved(maxUnavailable, count, Math.floor) === 0,
        )
        const found = 'waits' in surge && surge.waits ? surge.count : undefined
        t.equal(found, waiting.at(-1), JSON.stringify({ maxSurge, maxUnavailable, least, most }))
        t.equal('skip' in surge, resolved(maxSurge, most, Math.ceil) === 0, 'without a surge there is nothing to judge')
        if (found !== undefined && found > least && found < most) between++
      }),
      { numRuns: 1000 },
    )
    t.ok(between > 20, `some lie between the ends: ${between}`)
    t.end()
  },
)

t.test('all of a new version is added where the old one stays until it has the traffic', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.boolean(), (replicas, dynamicStableScale) => {
      const added = (strategy: object) => {
        const surge = surgeOf(workloadOf('Rollout', { replicas, strategy }), viewOf([]))
        return 'skip' in surge ? 0 : surge.added
      }
      const routed = { trafficRouting: { nginx: { stableIngress: 'web' } }, dynamicStableScale }
      const steps = [{ setCanaryScale: { replicas: 1 } }, { setWeight: 20 }]
      t.equal(added({ blueGreen: { activeService: 'web' } }), replicas)
      t.equal(added({ canary: routed }), dynamicStableScale ? 1 : replicas)
      t.equal(
        added({ canary: { ...routed, steps } }),
        dynamicStableScale ? 1 : replicas,
        'no step bounds it in the end',
      )
      t.equal(added({ canary: { maxSurge: 2 } }), 1, 'one after another where room becomes free')
    }),
  )
  t.end()
})

interface Term {
  readonly namespaces: readonly string[]
  readonly namespaceSelector: LabelSelector | undefined
}

/** Whether a pod in `shop` is one that the scheduler counts, if its namespace has these labels (framework, AffinityTerm.Matches). */
function isCounted({ namespaces, namespaceSelector }: Term, labels: Readonly<Record<string, string>>): boolean {
  const ownAlone = namespaces.length === 0 && namespaceSelector === undefined
  const wanted = Object.entries(namespaceSelector?.matchLabels ?? {})
  const isSelected = namespaceSelector !== undefined && wanted.every(([key, value]) => labels[key] === value)
  return ownAlone || namespaces.includes('shop') || isSelected
}

t.test('anti-affinity is about the own pods for certain if it is, whatever labels the namespace has', (t) => {
  const terms = fc.record({
    namespaces: fc.subarray(['shop', 'batch']),
    namespaceSelector: fc.constantFrom(undefined, {}, { matchLabels: {} }, { matchLabels: { team: 'web' } }),
  })
  fc.assert(
    fc.property(terms, (term) => {
      const required = { ...term, topologyKey: zone, labelSelector: { matchLabels: { app: 'web' } } }
      const template = {
        metadata: { labels: { app: 'web' } },
        spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [required] } } },
      }
      const { exclusives, isOpen } = antiAffinity(workloadOf('Deployment', { template }))
      const possible = [{}, { team: 'web' }, { team: 'batch' }].map((labels) => isCounted(term, labels))
      t.equal(exclusives.length > 0, !possible.includes(false), JSON.stringify(term))
      t.equal(isOpen, possible.includes(true) && possible.includes(false), JSON.stringify(term))
    }),
  )
  t.end()
})
