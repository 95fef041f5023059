import { appContainers, describedElsewhere, nativeSidecars } from '../kube/containers.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { defaultGraceSeconds, hookSeconds } from '../rollout/termination.ts'

interface Params {
  readonly marginSeconds: number
}

/** How long the application needs after SIGTERM, as its author declares it. */
const drainAnnotation = 'evenkeel.dev/drain-seconds'

function declaredDrain({ object, template }: Workload): number {
  const text = template.metadata?.annotations?.[drainAnnotation] ?? object.metadata.annotations?.[drainAnnotation]
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : 0
}

function check(workload: Workload, { params, wrote }: RuleContext<Params>): CheckResult {
  const { template, at } = workload
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const path = `${at.template}/spec/terminationGracePeriodSeconds`
  const grace = template.spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds
  const containers = [...appContainers(template, at.template), ...nativeSidecars(template, at.template)]
  const hooks = containers.flatMap(({ container }) => container.lifecycle?.preStop ?? [])
  // Hooks of several containers run side by side, so the longest counts; the countdown has begun when they start.
  const sleep = Math.max(0, ...hooks.map((hook) => hookSeconds(hook) ?? 0))
  const drain = declaredDrain(workload)
  const needed = Math.ceil(sleep + drain + params.marginSeconds)
  if (grace < needed) {
    const found = `grace period ${grace}s${wrote(path) ? '' : ' (the default)'}`
    const parts = `preStop ${sleep} + ${drain === 0 ? '' : `drain ${drain} + `}margin ${params.marginSeconds}`
    const message = `${found} < ${parts}; needs ${needed}`
    return [{ message, path, fix: [{ op: 'add', path, value: needed }] }]
  }
  return hooks.some((hook) => hookSeconds(hook) === undefined)
    ? { skip: 'how long a preStop hook takes cannot be read' }
    : []
}

export const limitTerminationBudget: WorkloadRule<Params> = {
  id: 'limit-termination-budget',
  title: 'A process has time to finish after its preStop hook',
  why: 'The grace period counts from the start of the preStop hook, not from SIGTERM: a hook that uses it up leaves the process to be killed with its requests in flight.',
  remedy: 'Raise terminationGracePeriodSeconds above the preStop hook plus the time to drain.',
  category: 'shutdown',
  severity: 'high',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: [],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      marginSeconds: {
        type: 'integer',
        minimum: 0,
        default: 5,
        description: 'Seconds that must be left between the end of preStop and declared drain, and the kill.',
      },
    },
  },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'safe',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats'],
  alike: {},
  check,
}
