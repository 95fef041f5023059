import { applied } from '../kube/patch.ts'
import { valueAt } from '../kube/pointer.ts'
import type { Fix } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
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

/** What a fix of probes has to do about the deadline as well, so that a pod may still start within it. */
export function deadlineWith(fix: Fix, workload: Workload): Fix {
  if (fix.length === 0 || !hasDeadline(workload.kind)) return []
  const fixed = fix.reduce<KubeObject>(applied, workload.object)
  const { seconds } = longestStart(valueAt(fixed, workload.at.template) as PodTemplate)
  return seconds < deadlineOf(workload) ? [] : [{ op: 'add', path: deadlinePath, value: raisedDeadline(seconds) }]
}
