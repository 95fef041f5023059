import { absent } from '../kube/absent.ts'
import type { RolloutStrategy } from '../model/workload.ts'
import type { KindFacts, StrategySpec, WorkloadSpec } from './workload-spec.ts'

interface DaemonSetSpec extends WorkloadSpec {
  readonly updateStrategy?: StrategySpec | null
}

/** Defaults: apps/v1 SetDefaults_DaemonSet. */
const defaults = {
  '/spec/updateStrategy/type': 'RollingUpdate',
  '/spec/updateStrategy/rollingUpdate/maxUnavailable': 1,
  '/spec/updateStrategy/rollingUpdate/maxSurge': 0,
  '/spec/revisionHistoryLimit': absent.revisionHistoryLimit,
  '/spec/template/spec/terminationGracePeriodSeconds': absent.terminationGracePeriodSeconds,
} as const

const at = {
  template: '/spec/template',
  strategy: '/spec/updateStrategy',
  budget: '/spec/updateStrategy/rollingUpdate',
} as const

function strategyOf(spec: DaemonSetSpec): RolloutStrategy {
  if (spec.updateStrategy?.type === 'OnDelete') return { type: 'OnDelete' }
  const { maxUnavailable, maxSurge } = spec.updateStrategy?.rollingUpdate ?? {}
  return { type: 'RollingUpdate', maxUnavailable: maxUnavailable ?? 1, maxSurge: maxSurge ?? 0 }
}

export function readDaemonSet(spec: WorkloadSpec): KindFacts {
  return {
    kind: 'DaemonSet',
    replicas: undefined,
    strategy: strategyOf(spec),
    canSurge: false,
    hasDeadline: false,
    at,
    defaults,
  }
}
