import { absent } from '../kube/absent.ts'
import { applied } from '../kube/patch.ts'
import { valueAt } from '../kube/pointer.ts'
import type { Fix } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { PodTemplate, Workload } from '../model/workload.ts'
import { longestStart } from './startup.ts'

export const deadlinePath = '/spec/progressDeadlineSeconds'

/** In seconds, with the default. */
export function deadlineOf({ object }: Workload): number {
  return (valueAt(object, deadlinePath) ?? absent.progressDeadlineSeconds) as number
}

/** A deadline, in full minutes, that lies after so many seconds. */
export function raisedDeadline(seconds: number): number {
  return (Math.floor(seconds / 60) + 1) * 60
}

/** Fixes of probes, each with the later deadline that a pod needs to start within it once all of them are made. */
export function withDeadline(fixes: readonly Fix[], workload: Workload): readonly Fix[] {
  const all = fixes.flat()
  if (all.length === 0 || !workload.hasDeadline) return fixes
  const fixed = all.reduce<KubeObject>(applied, workload.object)
  const { seconds } = longestStart(valueAt(fixed, workload.at.template) as PodTemplate)
  if (seconds < deadlineOf(workload)) return fixes
  const later = { op: 'add', path: deadlinePath, value: raisedDeadline(seconds) } as const
  return fixes.map((fix) => (fix.length > 0 ? [later, ...fix] : fix))
}
