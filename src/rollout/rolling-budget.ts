import { percentOf, resolve } from '../kube/int-or-percent.ts'
import type { IntOrPercent } from '../model/object.ts'
import type { WorkloadKind } from '../model/workload.ts'

/** Pods, rounded as the kind's controller rounds them. */
export interface RollingBudget {
  readonly maxUnavailable: number
  readonly maxSurge: number
}

interface Written {
  readonly maxUnavailable: IntOrPercent
  readonly maxSurge: IntOrPercent
}

/** Deployments, and Argo's canaries: if both come out as 0, one pod may be unavailable (deployment util, ResolveFenceposts). */
function withFencepost(written: Written, replicas: number): RollingBudget {
  const maxSurge = resolve(written.maxSurge, replicas, 'up')
  const maxUnavailable = resolve(written.maxUnavailable, replicas, 'down')
  const down = maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable
  return { maxSurge, maxUnavailable: Math.min(down, replicas) }
}

/**
 * How many pods a rolling update may take away and add at `replicas` (for a DaemonSet: the number of its nodes).
 * StatefulSet: down, at least 1, no surge (stateful_set_utils, getStatefulSetMaxUnavailable). DaemonSet: both up (daemon update.go).
 */
export function rollingBudget(kind: WorkloadKind, written: Written, replicas: number): RollingBudget {
  switch (kind) {
    case 'Deployment':
    case 'Rollout':
      return withFencepost(written, replicas)
    case 'StatefulSet':
      return {
        maxSurge: 0,
        maxUnavailable: Math.min(replicas, Math.max(1, resolve(written.maxUnavailable, replicas, 'down'))),
      }
    case 'DaemonSet':
      return {
        maxSurge: resolve(written.maxSurge, replicas, 'up'),
        maxUnavailable: resolve(written.maxUnavailable, replicas, 'up'),
      }
  }
}

/** The smallest count of which that percentage, rounded down, is more than so many pods. */
export function countBeyond(pods: number, percent: number): number {
  return Math.ceil(((pods + 1) * 100) / percent)
}

/** A replica count and what a rolling update takes away there. */
export interface WorstCase {
  readonly count: number
  readonly down: number
}

/** The count, of those given, at which most pods are down. */
export function worstCase(kind: WorkloadKind, written: Written, counts: readonly number[]): WorstCase {
  return counts
    .map((count) => ({ count, down: rollingBudget(kind, written, count).maxUnavailable }))
    .reduce((worst, next) => (next.down > worst.down ? next : worst), { count: counts[0] ?? 0, down: 0 })
}

/** How many per cent these pods are of that count; where a percentage is what made them so many, at least what it says. */
export function shareOf(count: number, pods: number, written: IntOrPercent): number {
  return Math.max(percentOf(written) ?? 0, (100 * pods) / Math.max(1, count))
}
