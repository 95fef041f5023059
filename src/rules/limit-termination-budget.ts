import { describedElsewhere, runningContainers } from '../kube/containers.ts'
import { join } from '../kube/pointer.ts'
import type { Finding } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PlacedContainer, Workload } from '../model/workload.ts'
import { cutHooks, graceSeconds, longestHook } from '../rollout/termination.ts'

interface Params {
  readonly marginSeconds: number
}

/** How long the application needs after SIGTERM, as its author declares it. */
const drainAnnotation = 'evenkeel.dev/drain-seconds'

/** In seconds, and what is wrong with it; the template's own comes before the workload's. */
function declaredDrain({ object, template, at }: Workload): { readonly seconds: number; readonly faults: Finding[] } {
  const ofPods = template.metadata?.annotations?.[drainAnnotation]
  const text = ofPods ?? object.metadata.annotations?.[drainAnnotation] ?? '0'
  if (/^[0-9]{1,6}$/.test(text)) return { seconds: Number(text), faults: [] }
  const path = join(ofPods ? `${at.template}/metadata/annotations` : '/metadata/annotations', drainAnnotation)
  return { seconds: 0, faults: [{ message: `"${text.slice(0, 20)}" is no number of seconds`, path }] }
}

function podFinding(workload: Workload, { params, wrote }: RuleContext<Params>): Finding[] {
  const { template, at } = workload
  const grace = graceSeconds(template)
  const hook = longestHook(template).seconds
  const { seconds: drain, faults } = declaredDrain(workload)
  const needed = Math.ceil(hook + drain + params.marginSeconds)
  if (grace >= needed) return faults
  const path = `${at.template}/spec/terminationGracePeriodSeconds`
  const found = `grace period ${grace}s${wrote(path) ? '' : ' (the default)'}`
  const parts = `preStop ${hook} + ${drain === 0 ? '' : `drain ${drain} + `}margin ${params.marginSeconds}`
  const message = `${found} < ${parts}; needs ${needed}`
  return [...faults, { message, path, degree: hook + drain - grace, fix: [{ op: 'add', path, value: needed }] }]
}

/** A kill by a probe is quick on purpose, so nothing but the hook is asked to fit. */
function probeFindings({ container, at }: PlacedContainer): Finding[] {
  return cutHooks(container).map((cut) => ({
    message: `its grace period ${cut.graceSeconds}s cuts preStop short; needs ${Math.ceil(cut.hookSeconds)}`,
    path: join(at, cut.probe),
    container: container.name,
    degree: cut.hookSeconds - cut.graceSeconds,
  }))
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  const { template, at } = workload
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const containers = runningContainers(template, at.template)
  const findings = [...podFinding(workload, context), ...containers.flatMap(probeFindings)]
  if (findings.length > 0 || longestHook(template).isWhole) return findings
  return { skip: 'how long a preStop hook takes cannot be read' }
}

export const limitTerminationBudget: WorkloadRule<Params> = {
  id: 'limit-termination-budget',
  title: 'A process has time to finish after its preStop hook',
  why: 'The grace period counts from the start of the preStop hook, not from SIGTERM: a hook that uses it up leaves the process to be killed with its requests in flight.',
  remedy:
    'Raise terminationGracePeriodSeconds above the preStop hook plus the seconds to drain (which the annotation evenkeel.dev/drain-seconds declares), and that of a probe to at least the hook.',
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
  about: 'limit',
  demandedBy: ['applyforus', 'endpoint-stats'],
  alike: {},
  check,
}
