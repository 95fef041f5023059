import { type ProbeName, type ProbeTiming, probeNames, timingOf } from '../kube/probe.ts'
import type { Container, Probe } from '../model/workload.ts'
import { contradictions } from './probe-contradictions.ts'
import { boundsOf, nearestWanted, type ProbeProfile, type Wanted, wantedFailures, wantedText } from './probe-profile.ts'
import { patienceSeconds, stepSeconds, windowSeconds } from './startup.ts'

/** Something about a container's probe that its profile wants otherwise. */
export interface Deviation {
  readonly probe: ProbeName
  /** The field at fault; undefined if several make it up. */
  readonly field?: keyof ProbeTiming
  readonly found: string
  readonly needed: string
  readonly fix?: { readonly field: keyof ProbeTiming; readonly value: number }
}

/** A number of a probe as it should be. */
export interface ProbeChange {
  readonly probe: ProbeName
  readonly field: keyof ProbeTiming
  readonly value: number
}

/** A deviation and what mends it; without changes it is its author's to mend. */
export interface Repair extends Omit<Deviation, 'fix'> {
  /** Nobody wrote the number. */
  readonly isDefault: boolean
  /** Its change does without the others; else all that the profile asks of the container come together: half could contradict the other half. */
  readonly isAlone: boolean
  readonly changes: readonly ProbeChange[]
}

function withUnit(wanted: Wanted, field: string): string {
  return `${wantedText(wanted)}${field.endsWith('Seconds') ? 's' : ''}`
}

function fieldDeviations(container: Container, profile: ProbeProfile, name: ProbeName): Deviation[] {
  const probe = container[name]
  if (!probe) return []
  const timing = timingOf(probe)
  const wantedFields = Object.entries(profile[name] ?? {}) as [keyof ProbeTiming, Wanted][]
  return wantedFields.flatMap(([field, wanted]) => {
    const value = nearestWanted(timing[field], wanted)
    if (value === undefined) return []
    const found = withUnit(timing[field], field)
    return [{ probe: name, field, found, needed: withUnit(wanted, field), fix: { field, value } }]
  })
}

/** A profile that wants another failureThreshold than the period calls for leaves it to the author to find a period. */
function startupWindow(startupProbe: Probe, wanted: Wanted, own: Wanted = {}): Deviation[] {
  const timing = timingOf(startupProbe)
  const value = nearestWanted(timing.failureThreshold, wantedFailures(wanted, stepSeconds(timing)))
  if (value === undefined) return []
  const deviation = {
    probe: 'startupProbe',
    found: `startup window ${windowSeconds(timing)}s`,
    needed: `${wantedText(wanted)}s`,
  } as const
  const isOwn = nearestWanted(value, own) === undefined
  return [isOwn ? { ...deviation, fix: { field: 'failureThreshold', value } } : deviation]
}

/** Without a startup probe liveness decides how long a start may take, and it must not be less. */
function livenessWindow(livenessProbe: Probe, wanted: Wanted): Deviation[] {
  const { min: least } = boundsOf(wanted)
  const patience = patienceSeconds(livenessProbe)
  if (patience >= least) return []
  const found = `no startupProbe, killed after ${patience}s`
  return [{ probe: 'livenessProbe', found, needed: `${least}s` }]
}

/** The window follows from other numbers of its probe: it is judged once these are as they should be. */
function windowDeviations(container: Container, profile: ProbeProfile, earlier: readonly Deviation[]): Deviation[] {
  const { startupWindowSeconds: wanted } = profile
  if (wanted === undefined) return []
  const { startupProbe, livenessProbe } = container
  const name = startupProbe ? 'startupProbe' : 'livenessProbe'
  if (earlier.some(({ probe }) => probe === name)) return []
  if (startupProbe) return startupWindow(startupProbe, wanted, profile.startupProbe?.failureThreshold)
  return livenessProbe ? livenessWindow(livenessProbe, wanted) : []
}

/** What the probes that a container has should be otherwise by the profile. A probe that is missing is not asked for here. */
export function deviations(container: Container, profile: ProbeProfile): Deviation[] {
  const fields = probeNames.flatMap((name) => fieldDeviations(container, profile, name))
  return [...fields, ...windowDeviations(container, profile, fields)]
}

function changesOf(all: readonly Deviation[]): ProbeChange[] {
  return all.flatMap(({ probe, fix }) => (fix ? [{ probe, ...fix }] : []))
}

/** The changes, unless together they would contradict what the container's author wrote. */
function consistent(container: Container, changes: readonly ProbeChange[]): readonly ProbeChange[] {
  const repaired = changes.reduce<Container>(
    (so, { probe, field, value }) => ({ ...so, [probe]: { ...so[probe], [field]: value } }),
    container,
  )
  return contradictions(repaired).length > contradictions(container).length ? [] : changes
}

/** What the container's probes should be otherwise by the profile, and how: what nobody wrote by itself, the rest as a whole. */
export function repairs(
  container: Container,
  profile: ProbeProfile,
  wrote: (probe: ProbeName, field: keyof ProbeTiming) => boolean,
): Repair[] {
  const all = deviations(container, profile)
  const open = all.filter(({ probe, fix }) => fix && !wrote(probe, fix.field))
  const mayBeAlone = consistent(container, changesOf(open)).length > 0
  const whole = consistent(container, changesOf(all))
  return all.map(({ fix, ...deviation }) => {
    const own = fix ? [{ probe: deviation.probe, ...fix }] : []
    const isDefault = fix !== undefined && !wrote(deviation.probe, fix.field)
    const isAlone = isDefault && mayBeAlone
    return { ...deviation, isDefault, isAlone, changes: isAlone || !fix ? own : whole }
  })
}
