import type { RolloutStrategy } from '../model/workload.ts'
import type { BudgetSpec, KindFacts, WorkloadSpec } from './workload-spec.ts'

interface CanarySpec extends BudgetSpec {
  readonly trafficRouting?: object | null
  readonly dynamicStableScale?: boolean | null
}

interface RolloutSpec extends WorkloadSpec {
  readonly workloadRef?: { readonly kind?: string | null; readonly name?: string | null } | null
  readonly strategy?: {
    readonly canary?: CanarySpec | null
    readonly blueGreen?: object | null
  } | null
}

const at = { template: '/spec/template', strategy: '/spec/strategy', budget: '/spec/strategy/canary' } as const

/** Argo Rollouts, utils/defaults: maxSurge and maxUnavailable of a canary are 25 %. */
function strategyOf(spec: RolloutSpec): RolloutStrategy {
  if (spec.strategy?.blueGreen != null) return { type: 'BlueGreen' }
  const { maxUnavailable, maxSurge, trafficRouting, dynamicStableScale } = spec.strategy?.canary ?? {}
  const budget = { maxUnavailable: maxUnavailable ?? '25%', maxSurge: maxSurge ?? '25%' }
  const routing = { trafficRouted: trafficRouting != null, dynamicStableScale: dynamicStableScale ?? false }
  return { type: 'Canary', ...budget, ...routing }
}

/** The CRD has no defaults: what an author leaves out stays out of the stored object. */
export function readRollout(spec: RolloutSpec): KindFacts {
  const { workloadRef } = spec
  const facts: KindFacts = {
    kind: 'Rollout',
    replicas: spec.replicas ?? 1,
    strategy: strategyOf(spec),
    canSurge: true,
    hasDeadline: true,
    at,
    defaults: {},
  }
  if (workloadRef == null) return facts
  return { ...facts, templateRef: { kind: workloadRef.kind ?? 'Deployment', name: workloadRef.name ?? '' } }
}
