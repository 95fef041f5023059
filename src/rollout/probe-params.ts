import { type ProbeTiming } from '../kube/probe.ts'
import type { NamedParams, ObjectParam, ParamSchema, ParamsSchema } from '../model/rule.ts'
import { defaultProfiles, type ProbeProfile, type ProfileKey, type WantedOnce } from './probe-profile.ts'

function wanted(description: string, minimum: number): ObjectParam {
  return {
    type: ['integer', 'object'],
    minimum,
    additionalProperties: false,
    minProperties: 1,
    properties: {
      min: { type: 'integer', minimum, description: 'The smallest that is right.' },
      max: { type: 'integer', minimum, description: 'The largest that is right.' },
    },
    description,
  }
}

const fields: Readonly<Record<keyof WantedOnce, ObjectParam>> = {
  initialDelaySeconds: wanted('Seconds before the first check.', 0),
  periodSeconds: wanted('Seconds from check to check.', 1),
  timeoutSeconds: wanted('Seconds that an answer may take.', 1),
  failureThreshold: wanted('Failures in a row after which it is not.', 1),
}

const readinessFields: Readonly<Record<keyof ProbeTiming, ObjectParam>> = {
  ...fields,
  successThreshold: wanted('Answers in a row after which it is well again.', 1),
}

function timing<Timing>(
  description: string,
  properties: ObjectParam['properties'] & ParamsSchema<Timing>['properties'],
): ObjectParam & ParamsSchema<Timing> {
  return { type: 'object', additionalProperties: false, properties, description }
}

const profile: ObjectParam & ParamsSchema<ProbeProfile> = {
  type: 'object',
  additionalProperties: false,
  properties: {
    names: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      description: 'Globs of the names of workloads that it is for; the longest that fits decides.',
    },
    startupWindowSeconds: wanted(
      'Seconds that the startupProbe allows: failureThreshold times periodSeconds, up to the next full period.',
      1,
    ),
    startupProbe: timing('Numbers of the startupProbe.', fields),
    readinessProbe: timing('Numbers of the readinessProbe.', readinessFields),
    livenessProbe: timing('Numbers of the livenessProbe.', fields),
  },
  description: 'What probes look like; whatever it leaves out may be anything.',
}

/** The param that holds a policy's profiles by name. */
export const profilesParam: NamedParams = {
  type: 'object',
  additionalProperties: profile,
  default: defaultProfiles,
  description: 'Profiles by name; a number is meant exactly, `{min, max}` as bounds.',
}

const keys: Readonly<Record<keyof ProfileKey, ParamSchema>> = {
  label: { type: 'string', minLength: 1, description: 'The label that names the profile.' },
  annotation: { type: 'string', minLength: 1, description: 'The annotation that names it, where no label is given.' },
}

/** The param that says how a workload chooses its profile. */
export const profileKeyParam: ObjectParam = {
  type: 'object',
  additionalProperties: false,
  properties: keys,
  default: { annotation: 'evenkeel.dev/profile' },
  description: 'By which label or annotation, of the pod template or else of the workload, a profile is chosen.',
}
