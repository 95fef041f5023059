import { appContainers } from '../kube/containers.ts'
import { type ProbeTiming, timingOf } from '../kube/probe.ts'
import type { Container, PodTemplate, Probe } from '../model/workload.ts'

/** From one check to the next: checks of a probe never overlap, so one that takes longer than the period delays the next (prober/worker.go). */
export function stepSeconds({ periodSeconds, timeoutSeconds }: ProbeTiming): number {
  return Math.max(periodSeconds, timeoutSeconds)
}

/** How long a probe goes on failing before it has the container killed, in seconds; its delay comes on top. */
export function windowSeconds(timing: ProbeTiming): number {
  return timing.failureThreshold * stepSeconds(timing)
}

/** The probe that has a container killed which does not start: liveness only begins after a startup probe has succeeded. */
function startGuard(container: Container): Probe | undefined {
  return container.startupProbe ?? container.livenessProbe
}

/** The latest moment after its start, in seconds, up to which the probe lets a container live that has not answered yet. */
export function patienceSeconds(guard: Probe): number {
  const timing = timingOf(guard)
  return timing.initialDelaySeconds + windowSeconds(timing)
}

/** The first moment after its start, in seconds, at which the probe can have a container killed whose port refuses every check. */
export function soonestKillSeconds(guard: Probe): number {
  const { initialDelaySeconds, failureThreshold, periodSeconds } = timingOf(guard)
  return initialDelaySeconds + (failureThreshold - 1) * periodSeconds
}

/** The shortest silence of a running container, in seconds, for which liveness can have it killed. */
export function shortestHangSeconds(liveness: Probe): number {
  const timing = timingOf(liveness)
  return (timing.failureThreshold - 1) * stepSeconds(timing) + timing.timeoutSeconds
}

/** The longest that something may take, in seconds; `unbounded` tells what has no bound and so is not in it. */
export interface LongestStart {
  readonly seconds: number
  readonly unbounded?: string
}

/** From the start of a container to its readiness: without a readiness and a startup probe it is ready as soon as it runs. */
function readyAfter(container: Container): LongestStart {
  const { readinessProbe, startupProbe } = container
  const guard = readinessProbe ? startGuard(container) : startupProbe
  const started = guard ? patienceSeconds(guard) : 0
  if (!readinessProbe) return { seconds: started }
  const timing = timingOf(readinessProbe)
  const seconds = Math.max(started, timing.initialDelaySeconds) + timing.successThreshold * stepSeconds(timing)
  return guard ? { seconds } : { seconds, unbounded: `no probe limits how long container ${container.name} may start` }
}

/** Init containers run one after another; a native sidecar lets the next one begin once its startup probe has succeeded (kuberuntime). */
function initContainers(template: PodTemplate): { readonly begin: number; readonly starts: readonly LongestStart[] } {
  let begin = 0
  const starts: LongestStart[] = []
  for (const container of template.spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      const { seconds, ...rest } = readyAfter(container)
      starts.push({ seconds: begin + seconds, ...rest })
      begin += container.startupProbe ? patienceSeconds(container.startupProbe) : 0
    } else starts.push({ seconds: begin, unbounded: `how long init container ${container.name} runs is not known` })
  }
  return { begin, starts }
}

/**
 * The longest that one pod may take from its start to its readiness, as its probes allow it: init containers in sequence, then the
 * app containers side by side. Pulling images and finding a node take time that no manifest tells.
 */
export function longestStart(template: PodTemplate): LongestStart {
  const { begin, starts } = initContainers(template)
  const apps = appContainers(template, '').map(({ container }) => {
    const { seconds, ...rest } = readyAfter(container)
    return { seconds: begin + seconds, ...rest }
  })
  const all = [...starts, ...apps]
  const unbounded = all.find((start) => start.unbounded !== undefined)?.unbounded
  return {
    seconds: Math.max(0, ...all.map(({ seconds }) => seconds)),
    ...(unbounded === undefined ? {} : { unbounded }),
  }
}
