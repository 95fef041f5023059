import { child, join } from '../kube/pointer.ts'
import type { ProbeTiming } from '../kube/probe.ts'
import type { JsonPointer } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'
import { matchesGlob } from '../plain/glob.ts'

/** Exactly this number, or any between two bounds, either of which may be left open. */
export type Wanted = number | { readonly min?: number; readonly max?: number }

/** The numbers that a profile wants of a probe; what it does not name may be anything. */
export type WantedTiming = { readonly [Field in keyof ProbeTiming]?: Wanted }

/** Of these two the API server takes no successThreshold but 1 (core/v1, validateLivenessProbe, validateStartupProbe). */
export type WantedOnce = Omit<WantedTiming, 'successThreshold'>

/** What the probes of one sort of service look like. */
export type ProbeProfile = {
  readonly startupProbe?: WantedOnce
  readonly readinessProbe?: WantedTiming
  readonly livenessProbe?: WantedOnce
  /** Globs of the workloads' names. */
  readonly names?: readonly string[]
  /** Of the startup probe: failureThreshold times periodSeconds, its delay not counted. */
  readonly startupWindowSeconds?: Wanted
}

export type ProbeProfiles = Readonly<Record<string, ProbeProfile>>

/** The key by which a pod template, or else its workload, names its profile. */
export interface ProfileKey {
  readonly label?: string
  readonly annotation?: string
}

/** `profile` is undefined for a name that is not known; `at` is where it was chosen by its name. */
export interface ChosenProfile {
  readonly name: string
  readonly profile: ProbeProfile | undefined
  readonly at?: JsonPointer
}

/** Profiles as ApplyForUs has them in its rollout guide. */
export const defaultProfiles: ProbeProfiles = {
  standard: {
    startupWindowSeconds: 60,
    startupProbe: { initialDelaySeconds: 10, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 12 },
    readinessProbe: { initialDelaySeconds: 5, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    livenessProbe: { initialDelaySeconds: 30, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
  },
  'slow-starting': {
    startupWindowSeconds: 180,
    startupProbe: {
      initialDelaySeconds: { min: 15, max: 20 },
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 18,
    },
    readinessProbe: { initialDelaySeconds: 5, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    livenessProbe: { initialDelaySeconds: { min: 45, max: 60 }, periodSeconds: 15, timeoutSeconds: 5 },
  },
}

/** Both ends; no number of a probe is below 0. */
export function boundsOf(wanted: Wanted): { readonly min: number; readonly max: number } {
  return typeof wanted === 'number' ? { min: wanted, max: wanted } : { min: 0, max: Infinity, ...wanted }
}

/** The failures that make up a startup window. It consists of whole steps: where no number of them fits, the next one that is long enough does. */
export function wantedFailures(window: Wanted, step: number): Wanted {
  const { min, max } = boundsOf(window)
  const least = Math.max(1, Math.ceil(min / step))
  return { min: least, max: Math.max(least, Math.floor(max / step)) }
}

/** The number nearest to one that is not wanted; undefined if it is. */
export function nearestWanted(value: number, wanted: Wanted): number | undefined {
  const { min, max } = boundsOf(wanted)
  const near = Math.min(Math.max(value, min), max)
  return near === value ? undefined : near
}

/** `180`, `15 to 20`, `at least 15`. */
export function wantedText(wanted: Wanted): string {
  if (typeof wanted === 'number') return String(wanted)
  const { min, max } = wanted
  if (min === undefined) return max === undefined ? 'any' : `at most ${max}`
  return max === undefined ? `at least ${min}` : `${min} to ${max}`
}

function byKey({ object, template, at }: Workload, { label, annotation }: ProfileKey): ChosenProfile | undefined {
  const [kind, key] = label === undefined ? (['annotations', annotation ?? ''] as const) : (['labels', label] as const)
  const ofPods = child(template.metadata?.[kind], key)
  const name = ofPods || child(object.metadata[kind], key)
  if (typeof name !== 'string' || name === '') return undefined
  return { name, profile: undefined, at: join(ofPods ? `${at.template}/metadata` : '/metadata', kind, key) }
}

/** The longest glob that fits: `ai-*` goes before `*`. */
function byName(name: string, profiles: ProbeProfiles): ChosenProfile | undefined {
  const fitting = Object.entries(profiles).flatMap(([profileName, profile]) =>
    (profile.names ?? [])
      .filter((glob) => matchesGlob(glob, name))
      .map((glob) => ({ name: profileName, profile, length: glob.length })),
  )
  const [first, ...others] = fitting
  return first && others.reduce((best, next) => (next.length > best.length ? next : best), first)
}

/** The profile that the workload chooses by its label or annotation, else the one that chooses the workload by its name. */
export function chosenProfile(workload: Workload, profiles: ProbeProfiles, key: ProfileKey): ChosenProfile | undefined {
  const chosen = byKey(workload, key)
  if (chosen === undefined) return byName(workload.name, profiles)
  return Object.hasOwn(profiles, chosen.name) ? { ...chosen, profile: profiles[chosen.name] } : chosen
}
