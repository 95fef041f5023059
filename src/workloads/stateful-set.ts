import { absent } from '../kube/absent.ts'
import type { RolloutStrategy } from '../model/workload.ts'
import type { KindFacts, StrategySpec, WorkloadSpec } from './workload-spec.ts'

interface StatefulSetSpec extends WorkloadSpec {
  readonly updateStrategy?: StrategySpec | null
}

/** Defaults: apps/v1 SetDefaults_StatefulSet. */
const defaults = {
  '/spec/replicas': 1,
  '/spec/updateStrategy/type': 'RollingUpdate',
  '/spec/revisionHistoryLimit': absent.revisionHistoryLimit,
  '/spec/template/spec/terminationGracePeriodSeconds': absent.terminationGracePeriodSeconds,
} as const

const at = {
  template: '/spec/template',
  strategy: '/spec/updateStrategy',
  budget: '/spec/updateStrategy/rollingUpdate',
} as const

/** A StatefulSet never surges; `maxUnavailable` defaults to 1 and is dropped where its feature gate is off. */
function strategyOf(spec: StatefulSetSpec): RolloutStrategy {
  if (spec.updateStrategy?.type === 'OnDelete') return { type: 'OnDelete' }
  return { type: 'RollingUpdate', maxUnavailable: spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, maxSurge: 0 }
}

export function readStatefulSet(spec: WorkloadSpec): KindFacts {
  return {
    kind: 'StatefulSet',
    replicas: spec.replicas ?? 1,
    strategy: strategyOf(spec),
    canSurge: false,
    hasDeadline: false,
    at,
    defaults,
  }
}
