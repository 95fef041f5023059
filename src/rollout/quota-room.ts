import { join } from '../kube/pointer.ts'
import { quantityText } from '../kube/quantity.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Workload } from '../model/workload.ts'
import { type Growth, quotaDemands, quotaRoom } from './quota.ts'
import { rollingStrategyOf } from './rolling-strategy.ts'
import type { Room } from './room.ts'

/** New pods that take more than is left. */
export function roomInQuotas(workload: Workload, growth: Growth, view: ClusterView): Room {
  const { shortages, unknown } = quotaRoom(workload, growth, view)
  const isByBudget = !('skip' in rollingStrategyOf(workload))
  const path = isByBudget ? join(workload.at.budget, 'maxSurge') : workload.at.strategy
  return {
    obstacles: shortages.map(({ quota, resource, left, needed }) => {
      const rest = quantityText(left > 0n ? left : 0n)
      return {
        path,
        message: `quota ${quota} leaves ${rest} of ${resource} for new pods; needs ${quantityText(needed)}`,
      }
    }),
    unknown: unknown.map((name) => `how much of quota ${name} is used is unknown here`),
  }
}

/** New pods that the API server refuses, however much is left. */
export function demandsOfQuotas(workload: Workload, _growth: Growth, view: ClusterView): Room {
  const demands = quotaDemands(workload, view)
  return {
    obstacles: demands
      .filter(({ isCertain }) => isCertain)
      .map(({ quota, container: { container, at }, resources }) => {
        const found = `no ${resources.join(', ')}: quota ${quota} refuses the pods`
        return {
          message: `${found}; needs ${resources.length === 1 ? 'it' : 'them'}`,
          path: at,
          container: container.name,
        }
      }),
    unknown: demands
      .filter(({ isCertain }) => !isCertain)
      .map(
        ({ quota, resources }) =>
          `whether quota ${quota} refuses pods for want of ${resources.join(', ')} is unknown here`,
      ),
  }
}
