import fc from 'fast-check'
import type { IntOrPercent } from '../../../src/model/object.ts'

/** A workload with its budget and perhaps an autoscaler, as the rules' arithmetic and the real controllers both see it. */
export interface Case {
  readonly name: string
  readonly kind: 'Deployment' | 'StatefulSet'
  /** The replica counts it is looked at: its own, or both ends of the autoscaler's range. */
  readonly counts: readonly number[]
  readonly isScaled: boolean
  readonly rollingUpdate: { readonly maxUnavailable: IntOrPercent; readonly maxSurge: IntOrPercent }
  readonly budget: { readonly minAvailable: IntOrPercent } | { readonly maxUnavailable: IntOrPercent }
}

const percent = fc.oneof(fc.constantFrom(0, 1, 25, 33, 34, 50, 51, 99, 100), fc.integer({ min: 0, max: 100 }))
const intOrPercent: fc.Arbitrary<IntOrPercent> = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  percent.map((number) => `${number}%`),
)

/** Small counts are where rounding shows. */
function countUpTo(most: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: most }) },
  )
}

const budget: fc.Arbitrary<Case['budget']> = fc.oneof(
  intOrPercent.map((minAvailable) => ({ minAvailable })),
  intOrPercent.map((maxUnavailable) => ({ maxUnavailable })),
)

/** The API server refuses a rollout that may neither add nor take away. */
function isPossible({ maxUnavailable, maxSurge }: Case['rollingUpdate']): boolean {
  return parseInt(String(maxUnavailable), 10) > 0 || parseInt(String(maxSurge), 10) > 0
}

/** The same cases for the same seed. */
export function casesOf(count: number, seed: number, mostReplicas: number): Case[] {
  const replicas = countUpTo(mostReplicas)
  const scaled = fc
    .tuple(replicas, replicas)
    .filter(([a, b]) => a !== b)
    .map((ends) => ends.toSorted((a, b) => a - b))
  const arbitrary = fc.record({
    kind: fc.constantFrom('Deployment' as const, 'Deployment' as const, 'StatefulSet' as const),
    counts: fc.oneof({ weight: 2, arbitrary: replicas.map((one) => [one]) }, { weight: 1, arbitrary: scaled }),
    rollingUpdate: fc.record({ maxUnavailable: intOrPercent, maxSurge: intOrPercent }).filter(isPossible),
    budget,
  })
  return fc
    .sample(arbitrary, { numRuns: count, seed })
    .map((choice, i) => ({ ...choice, name: `case-${i}`, isScaled: choice.counts.length > 1 }))
}

const metadata = (name: string, namespace: string) => ({ name, namespace })

/** A pod is ready after 300 ms and gone 100 ms after it was asked to go. */
function workloadOf({ name, kind, counts, rollingUpdate }: Case, namespace: string) {
  const { maxUnavailable } = rollingUpdate
  const strategy =
    kind === 'Deployment'
      ? { strategy: { rollingUpdate } }
      : { updateStrategy: { rollingUpdate: { maxUnavailable: maxUnavailable === 0 ? 1 : maxUnavailable } } }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: metadata(name, namespace),
    spec: {
      ...strategy,
      ...(kind === 'StatefulSet' ? { podManagementPolicy: 'Parallel', serviceName: name } : {}),
      replicas: counts[0],
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations: { 'testbed/ready-after': '300ms' } },
        spec: { containers: [{ name: 'app', image: 'app:1' }] },
      },
    },
  }
}

/** As kubectl apply sends it: what the author wrote can be told from the API server's defaults. */
function applied(object: { readonly metadata: object }): object {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(object) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}

/** The objects of a case; nobody scales by itself, since there are no metrics. */
export function objectsOf(one: Case, namespace: string) {
  const { name, kind, counts, budget, isScaled } = one
  const selector = { matchLabels: { app: name } }
  const target = { apiVersion: 'apps/v1', kind, name }
  return {
    workload: applied(workloadOf(one, namespace)),
    budget: {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadata(name, namespace),
      spec: { ...budget, selector },
    },
    scaler: isScaled
      ? {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          metadata: metadata(name, namespace),
          spec: { scaleTargetRef: target, minReplicas: counts[0], maxReplicas: counts[1] },
        }
      : undefined,
  }
}
