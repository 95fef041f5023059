import { percentOf } from '../kube/int-or-percent.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Skip } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { replicaRange } from './replica-range.ts'
import { countBeyond, rollingBudget } from './rolling-budget.ts'
import { rollingStrategyOf } from './rolling-strategy.ts'

/** The pods that a rollout adds before it takes old ones away. */
export interface Surge {
  /** Old pods beside them, at the count where that is worst. */
  readonly count: number
  /** Without so many more it comes to no end. */
  readonly added: number
  /** Whether it waits for them: where old pods may go first, their room becomes free. */
  readonly waits: boolean
  /** A DaemonSet's: each on the node of its predecessor. */
  readonly isBesideOld: boolean
}

function ofDaemonSet(workload: Workload): Surge | Skip {
  const strategy = rollingStrategyOf(workload)
  if ('skip' in strategy) return strategy
  const { maxSurge } = rollingBudget('DaemonSet', strategy, 100)
  return maxSurge === 0 ? { skip: 'its rollout adds no pod' } : { count: 0, added: 1, waits: true, isBesideOld: true }
}

/** At the largest count that the replicas or an autoscaler allow and at which the rollout waits for a surge pod. */
function ofBudget(workload: Workload, least: number, most: number): Surge | Skip {
  const strategy = rollingStrategyOf(workload)
  if ('skip' in strategy) return strategy
  const percent = percentOf(strategy.maxUnavailable)
  // The last one at which a percentage takes no pod away lies between the ends.
  const last = percent ? Math.max(least, Math.min(most, countBeyond(0, percent) - 1)) : least
  const budgets = [most, last].map((count) => ({ count, ...rollingBudget(workload.kind, strategy, count) }))
  const surging = budgets.filter(({ maxSurge }) => maxSurge > 0)
  const waiting = surging.find(({ maxUnavailable }) => maxUnavailable === 0)
  const worst = waiting ?? surging[0]
  if (worst === undefined) return { skip: 'its rollout adds no pod' }
  return { count: worst.count, added: 1, waits: waiting !== undefined, isBesideOld: false }
}

/** What a rollout of the workload has to find room for, or why nothing. One that is scaled to 0 is judged as if it ran. */
export function surgeOf(workload: Workload, view: ClusterView): Surge | Skip {
  const { kind, strategy } = workload
  if (kind === 'StatefulSet') return { skip: 'a StatefulSet replaces its pods in place' }
  if (kind === 'DaemonSet') return ofDaemonSet(workload)
  const { min, max } = replicaRange(workload, view)
  const [most, least] = [Math.max(1, max), Math.max(1, min)]
  const certain = { count: most, waits: true, isBesideOld: false }
  // The whole new version stands beside the old one before traffic is switched.
  if (strategy.type === 'BlueGreen') return { ...certain, added: most }
  // So it does with a traffic router, whatever steps scale the canary: after the last it grows to its full size, and only then do
  // stable pods go (CalculateReplicaCountsForTrafficRoutedCanary, UseSetCanaryScale), unless they are to shrink with their traffic.
  if (strategy.type === 'Canary' && strategy.trafficRouted) {
    return { ...certain, added: strategy.dynamicStableScale ? 1 : most }
  }
  return ofBudget(workload, least, most)
}
