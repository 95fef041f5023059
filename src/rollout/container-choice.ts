import { describedElsewhere, runningContainers } from '../kube/containers.ts'
import { servingContainers } from '../kube/services.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Skip } from '../model/rule.ts'
import type { PlacedContainer, Workload } from '../model/workload.ts'

/** `all`: every app container (where it says so, native sidecars too); `serving`: those that traffic reaches. */
export type ContainerChoice = 'all' | 'serving'

/** The param by which rules on containers are told which ones. */
export const containersParam = {
  type: 'string',
  enum: ['all', 'serving'],
  default: 'all',
  description: 'Which containers: all, or only those that serve traffic through a Service.',
} as const

/** The containers asked for, or why there is none. Plain init containers are never among them: they have neither probes nor hooks. */
export function chosenContainers(
  workload: Workload,
  choice: ContainerChoice,
  view: ClusterView,
): readonly PlacedContainer[] | Skip {
  const { template, at } = workload
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const all = runningContainers(template, at.template)
  if (all.length === 0) return { skip: 'its pod template has no containers' }
  if (choice === 'all') return all
  const serving = servingContainers(workload, view)
  return serving.length > 0 ? serving : { skip: 'no Service sends traffic to its pods' }
}
