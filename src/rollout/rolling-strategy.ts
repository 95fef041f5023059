import type { Skip } from '../model/rule.ts'
import type { RolloutStrategy, Workload } from '../model/workload.ts'

/** A strategy whose maxUnavailable and maxSurge decide how many pods go and come. */
export type RollingStrategy = Extract<RolloutStrategy, { readonly type: 'RollingUpdate' | 'Canary' }>

/** The workload's rolling strategy, or why it has none. */
export function rollingStrategyOf({ strategy }: Workload): RollingStrategy | Skip {
  if (strategy.type === 'RollingUpdate') return strategy
  if (strategy.type !== 'Canary') return { skip: `the strategy is ${strategy.type}` }
  // Argo Rollouts, CalculateReplicaCountsForTrafficRoutedCanary: neither number is looked at.
  return strategy.trafficRouted ? { skip: 'its pods go as a traffic router moves the traffic' } : strategy
}
