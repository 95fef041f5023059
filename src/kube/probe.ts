import type { JsonPointer } from '../model/object.ts'
import type { Probe } from '../model/workload.ts'
import { child } from './pointer.ts'

/** The fields of a container that hold a probe. */
export const probeNames = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const
export type ProbeName = (typeof probeNames)[number]

/** A probe's numbers; times are seconds. */
export interface ProbeTiming {
  readonly initialDelaySeconds: number
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly successThreshold: number
  readonly failureThreshold: number
}

/** What the API server fills in, also for 0 (core/v1, SetDefaults_Probe). */
export const probeDefaults: ProbeTiming = {
  initialDelaySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
}

/** The probe's numbers with the API's defaults. */
export function timingOf(probe: Probe): ProbeTiming {
  const or = (field: keyof ProbeTiming) => probe[field] || probeDefaults[field]
  return {
    initialDelaySeconds: or('initialDelaySeconds'),
    periodSeconds: or('periodSeconds'),
    timeoutSeconds: or('timeoutSeconds'),
    successThreshold: or('successThreshold'),
    failureThreshold: or('failureThreshold'),
  }
}

const probeField = new RegExp(`/spec/(?:c|initC)ontainers/[0-9]+/(?:${probeNames.join('|')})/([a-zA-Z]+)$`)

/** What the API server writes into a field of a probe where its author wrote nothing; undefined for any other pointer. */
export function probeDefaultAt(path: JsonPointer): number | undefined {
  const [, field] = probeField.exec(path) ?? []
  return field === undefined ? undefined : (child(probeDefaults, field) as number | undefined)
}
