import { join } from '../kube/pointer.ts'
import { probeNames } from '../kube/probe.ts'
import type { ParamFault } from '../model/rule.ts'
import {
  boundsOf,
  type ProbeProfile,
  type ProbeProfiles,
  type Wanted,
  wantedFailures,
  wantedText,
} from './probe-profile.ts'

/** Bounds of a number that the API server takes from 1 on. */
function countBounds(wanted: Wanted = {}): { readonly min: number; readonly max: number } {
  const { min, max } = boundsOf(wanted)
  return { min: Math.max(1, min), max }
}

/** A check that may take longer than its period is a contradiction whatever the profile says. */
function slowAnswers(profile: ProbeProfile): ParamFault[] {
  return probeNames.flatMap((name) => {
    const { min: shortest } = countBounds(profile[name]?.timeoutSeconds)
    const { max: longest } = countBounds(profile[name]?.periodSeconds)
    if (shortest <= longest) return []
    const message = `is ${shortest}, more than periodSeconds ${longest}: no probe can have both`
    return [{ path: join('', name, 'timeoutSeconds'), message }]
  })
}

function unreachableWindow({ startupWindowSeconds: wanted, startupProbe = {} }: ProbeProfile): ParamFault[] {
  if (wanted === undefined) return []
  const count = countBounds(startupProbe.failureThreshold)
  const period = countBounds(startupProbe.periodSeconds)
  const fastest = Math.max(period.min, countBounds(startupProbe.timeoutSeconds).min)
  const fault = (failures: number, step: number, end: string) => ({
    path: '/startupWindowSeconds',
    message: `is ${wantedText(wanted)}, but ${failures} failures, one in ${step}s, take ${failures * step}s at ${end}`,
  })
  if (count.min > boundsOf(wantedFailures(wanted, fastest)).max) return [fault(count.min, fastest, 'least')]
  if (count.max < boundsOf(wantedFailures(wanted, period.max)).min) return [fault(count.max, period.max, 'most')]
  return []
}

/** What makes a profile one that no probe can have. Paths begin at the profiles. */
export function profileFaults(profiles: ProbeProfiles): ParamFault[] {
  return Object.entries(profiles).flatMap(([name, profile]) =>
    [...slowAnswers(profile), ...unreachableWindow(profile)].map(({ path, message }) => ({
      path: `${join('', name)}${path}`,
      message,
    })),
  )
}
