import { absent } from '../kube/absent.ts'
import type { RolloutStrategy } from '../model/workload.ts'
import type { KindFacts, StrategySpec, WorkloadSpec } from './workload-spec.ts'

interface DeploymentSpec extends WorkloadSpec {
  readonly strategy?: StrategySpec | null
}

/** Defaults: apps/v1 SetDefaults_Deployment. */
const defaults = {
  '/spec/replicas': 1,
  '/spec/strategy/type': 'RollingUpdate',
  '/spec/strategy/rollingUpdate/maxUnavailable': '25%',
  '/spec/strategy/rollingUpdate/maxSurge': '25%',
  '/spec/revisionHistoryLimit': absent.revisionHistoryLimit,
  '/spec/progressDeadlineSeconds': absent.progressDeadlineSeconds,
  '/spec/template/spec/terminationGracePeriodSeconds': absent.terminationGracePeriodSeconds,
} as const

const at = { template: '/spec/template', strategy: '/spec/strategy', budget: '/spec/strategy/rollingUpdate' } as const

function strategyOf(spec: DeploymentSpec): RolloutStrategy {
  if (spec.strategy?.type === 'Recreate') return { type: 'Recreate' }
  const { maxUnavailable, maxSurge } = spec.strategy?.rollingUpdate ?? {}
  return { type: 'RollingUpdate', maxUnavailable: maxUnavailable ?? '25%', maxSurge: maxSurge ?? '25%' }
}

export function readDeployment(spec: WorkloadSpec): KindFacts {
  return {
    kind: 'Deployment',
    replicas: spec.replicas ?? 1,
    strategy: strategyOf(spec),
    canSurge: true,
    hasDeadline: true,
    at,
    defaults,
  }
}
