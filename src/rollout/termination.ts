import { absent } from '../kube/absent.ts'
import { runningContainers } from '../kube/containers.ts'
import type { Container, PodTemplate } from '../model/workload.ts'
import { hookSeconds } from './pre-stop.ts'

/** Seconds from the order to stop to the kill, by the API's default where it is absent; preStop hooks count from its beginning. */
export function graceSeconds({ spec }: PodTemplate): number {
  return spec?.terminationGracePeriodSeconds ?? absent.terminationGracePeriodSeconds
}

/** What the hooks of a pod take in seconds; `isWhole` is false if the length of one cannot be read. */
export interface HookTime {
  readonly seconds: number
  readonly isWhole: boolean
}

/**
 * The preStop hooks of a pod: those of all containers, native sidecars too, begin at once and run side by side, so the longest
 * counts. A sidecar is told to stop after the app, but has no grace period of its own (kuberuntime, killContainer).
 */
export function longestHook(template: PodTemplate): HookTime {
  const containers = runningContainers(template, '')
  const lengths = containers.flatMap(({ container }) => {
    const hook = container.lifecycle?.preStop
    return hook ? [hookSeconds(hook)] : []
  })
  return {
    seconds: Math.max(0, ...lengths.map((seconds) => seconds ?? 0)),
    isWhole: lengths.every((seconds) => seconds !== undefined),
  }
}

/** A probe whose own grace period ends before the preStop hook does. */
export interface CutHook {
  readonly probe: 'livenessProbe' | 'startupProbe'
  readonly graceSeconds: number
  readonly hookSeconds: number
}

/** A probe's grace period takes the place of the pod's when the probe restarts its container (kuberuntime, setTerminationGracePeriod). */
export function cutHooks(container: Container): CutHook[] {
  const hook = container.lifecycle?.preStop
  const seconds = hook ? (hookSeconds(hook) ?? 0) : 0
  return (['livenessProbe', 'startupProbe'] as const).flatMap((probe) => {
    const grace = container[probe]?.terminationGracePeriodSeconds ?? seconds
    return grace < seconds ? [{ probe, graceSeconds: grace, hookSeconds: seconds }] : []
  })
}
