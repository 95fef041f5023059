import { probeNames, timingOf } from '../kube/probe.ts'
import type { Container } from '../model/workload.ts'
import { shortestHangSeconds, soonestKillSeconds } from './startup.ts'

/** Numbers of a container's probes that cannot all be meant. */
export interface Contradiction {
  readonly message: string
  /** The field at fault, from the container on. */
  readonly place: readonly string[]
}

/** No process can be told dead sooner than after so many seconds. */
const leastSeconds = 10

function slowAnswers(container: Container): Contradiction[] {
  return probeNames.flatMap((name) => {
    const { timeoutSeconds, periodSeconds } = timingOf(container[name] ?? {})
    if (timeoutSeconds <= periodSeconds) return []
    const message = `timeout ${timeoutSeconds}s > period ${periodSeconds}s, so checks fall behind`
    return [{ message, place: [name, 'timeoutSeconds'] }]
  })
}

/** At its start a container is in the hands of its startup probe, or else of liveness. */
function earlyKill({ startupProbe, livenessProbe, readinessProbe }: Container): Contradiction | undefined {
  const guard = startupProbe ?? livenessProbe
  if (!guard) return undefined
  const place = [startupProbe ? 'startupProbe' : 'livenessProbe']
  const soonest = soonestKillSeconds(guard)
  if (soonest < leastSeconds)
    return { message: `may be killed ${soonest}s after its start; needs ${leastSeconds}s or more`, place }
  const asked = timingOf(readinessProbe ?? {}).initialDelaySeconds
  if (startupProbe || soonest >= asked) return undefined
  return { message: `may be killed after ${soonest}s, before readiness first asks at ${asked}s`, place }
}

function shortHang({ livenessProbe }: Container): Contradiction | undefined {
  const shortest = livenessProbe ? shortestHangSeconds(livenessProbe) : Infinity
  if (shortest >= leastSeconds) return undefined
  const message = `a silence of ${shortest}s restarts it; needs ${leastSeconds}s or more`
  return { message, place: ['livenessProbe'] }
}

/** What contradicts itself, whatever the service is like: late answers, a kill before it can be up, a kill at the first pause. */
export function contradictions(container: Container): Contradiction[] {
  const early = earlyKill(container)
  const hang = early?.place[0] === 'livenessProbe' ? undefined : shortHang(container)
  return [...slowAnswers(container), ...[early, hang].filter((one) => one !== undefined)]
}
