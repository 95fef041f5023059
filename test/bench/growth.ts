import { evaluate } from '../../src/engine/evaluate.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { World } from '../../src/model/world.ts'
import { enable } from '../../src/policy/enable.ts'
import { presetFile } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { manifest } from './review.ts'
import { median } from './statistics.ts'
import type { Measurement, Row } from './table.ts'

const rounds = 5
const sizes = [1000, 2000, 4000, 10_000]
/** Workloads that a budget covers and a Service sends traffic to. */
const share = 5
/** Near-linear: how much an object may cost more among ten times as many. */
const atMost = 2

const strict = enable(presetFile('strict'), rules)

function worldOf(policy: Policy, objects: readonly KubeObject[]): World {
  return { policies: [policy], view: viewOf(objects, { everything: true }), now: Date.now(), defaulted: false }
}

function labelled(object: KubeObject, n: number, labels: object, namespace: string): KubeObject {
  const text = JSON.stringify({ ...object, metadata: { name: `app-${n}`, namespace, labels } })
  const copy = JSON.parse(text) as KubeObject & { spec: { template: { metadata: object }; selector: object } }
  copy.spec.template.metadata = { labels }
  copy.spec.selector = { matchLabels: labels }
  return copy
}

/** All labels but one are shared, as `team` and `part-of` are in a cluster. */
function cluster(workloads: number, namespaces: number): KubeObject[] {
  return Array.from({ length: workloads }, (_, n) => {
    const group = Math.floor(n / share)
    const namespace = `space-${group % namespaces}`
    const matchLabels = { team: 'shop', app: `app-${group}` }
    const workload = labelled(manifest, n, { ...matchLabels, track: `t${n % share}` }, namespace)
    if (n % share > 0) return [workload]
    const metadata = { name: `app-${group}`, namespace }
    const budget = { maxUnavailable: 1, selector: { matchLabels } }
    const service = { selector: matchLabels, ports: [{ port: 80 }] }
    return [
      workload,
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: budget },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: service },
    ]
  }).flat()
}

/** Microseconds an object, what is worked out of the view included. */
function judged(objects: readonly KubeObject[], policy: Policy): number {
  const world = worldOf(policy, objects)
  const start = performance.now()
  for (const object of objects) evaluate(object, world)
  return ((performance.now() - start) / objects.length) * 1000
}

function timeOf(work: () => number): number {
  return median(Array.from({ length: rounds }, work))
}

function rowsAmong(namespaces: number, where: string): Row[] {
  const times = sizes.map((size) => {
    const objects = cluster(size, namespaces)
    return timeOf(() => judged(objects, strict))
  })
  const [floor = 0] = times
  return sizes.map((size, i) => ({
    what: `${size} workloads, ${where}`,
    unit: 'us',
    floor,
    ours: times[i] ?? 0,
    goal: { of: 'ratio', atMost },
  }))
}

function rowsByRules(objects: readonly KubeObject[]): Row[] {
  const counts = [0.25, 0.5, 1].map((part) => Math.round(strict.rules.length * part))
  const times = counts.map((count) => timeOf(() => judged(objects, { ...strict, rules: strict.rules.slice(0, count) })))
  const [floor = 0] = times
  return counts.map((count, i) => ({ what: `${count} rules, 1000 workloads`, unit: 'us', floor, ours: times[i] ?? 0 }))
}

/** How the engine's time grows with what is in view and with the rules, in this process. */
export function run(): Promise<Measurement> {
  const small = cluster(1000, 100)
  for (let n = 0; n < 5; n++) judged(small, strict)
  const rows = [...rowsByRules(small), ...rowsAmong(100, 'in 100 namespaces'), ...rowsAmong(1, 'in one namespace')]
  return Promise.resolve({
    benchmark: 'growth',
    about: `all ${rules.length} rules, an object; a budget and a Service for ${share} workloads; floor: the fewest rules or objects`,
    rows,
  })
}
