import { valueAt } from '../kube/pointer.ts'
import type { Fix } from '../model/finding.ts'
import type { PodTemplate, Workload, WorkloadKind } from '../model/workload.ts'
import { longestStart } from './startup.ts'

export const deadlinePath = '/spec/progressDeadlineSeconds'
/** Of both kinds: apps/v1 SetDefaults_Deployment; Argo Rollouts, utils/defaults. */
const defaultDeadline = 600

/** Whether a rollout of the kind counts as failed when it makes no progress for so long. */
export function hasDeadline(kind: WorkloadKind): boolean {
  return kind === 'Deployment' || kind === 'Rollout'
}

/** In seconds, with the default. */
export function deadlineOf({ object }: Workload): number {
  return (valueAt(object, deadlinePath) ?? defaultDeadline) as number
}

/** A deadline, in full minutes, that lies after so many seconds. */
export function raisedDeadline(seconds: number): number {
  return (Math.floor(seconds / 60) + 1) * 60
}

/** What a fix that gives the workload this template has to do about the deadline, so that a pod may still start within it. */
export function deadlineFor(template: PodTemplate, workload: Workload): Fix {
  const { seconds } = longestStart(template)
  if (!hasDeadline(workload.kind) || seconds < deadlineOf(workload)) return []
  return [{ op: 'add', path: deadlinePath, value: raisedDeadline(seconds) }]
}
