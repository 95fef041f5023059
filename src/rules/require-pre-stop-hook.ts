import { runningContainers } from '../kube/containers.ts'
import { join, valueAt } from '../kube/pointer.ts'
import { isRouted } from '../kube/services.ts'
import type { Fix, Operation } from '../model/finding.ts'
import type { JsonPointer } from '../model/object.ts'
import type { CheckResult, RuleContext, Skip, WorkloadRule } from '../model/rule.ts'
import type { Container, LifecycleHandler, PlacedContainer, Workload } from '../model/workload.ts'
import { type ContainerChoice, chosenContainers, containersParam } from '../rollout/container-choice.ts'
import { delaySeconds, isDoubled, isUnsplit, needsSleepProgram } from '../rollout/pre-stop.ts'
import { cutHooks, graceSeconds } from '../rollout/termination.ts'

interface Params {
  readonly containers: ContainerChoice
  readonly minSeconds: number
}

/** Whether the image is known to have no `sleep`; the debug flavour has one. */
function isBare(image = ''): boolean {
  return image.includes('distroless') && !/:debug/.test(image)
}

/** Those that get traffic; a native sidecar is stopped after them. */
function appsOf(workload: Workload, { params, view }: RuleContext<Params>): readonly PlacedContainer[] | Skip {
  if (!isRouted(workload, view)) return { skip: 'no Service sends traffic to its pods' }
  const chosen = chosenContainers(workload, params.containers, view)
  return 'skip' in chosen ? chosen : chosen.filter(({ container }) => container.restartPolicy !== 'Always')
}

/** Why the hook cannot run at all. */
function defect(hook: LifecycleHandler, image: string): string | undefined {
  if (isDoubled(hook)) return 'preStop has a sleep beside another handler; needs one of the two'
  if (needsSleepProgram(hook) && isBare(image))
    return 'preStop runs sleep, which distroless lacks; needs the native one'
  return isUnsplit(hook) ? 'preStop names no program, so it fails; needs split words' : undefined
}

/** What is wrong with the container's hook, and for how many seconds it does its work. */
interface Fault {
  readonly wrong: string
  readonly seconds: number
}

/** A hook whose length cannot be read is the author's business. */
function fault(container: Container, minSeconds: number): Fault | undefined {
  const hook = container.lifecycle?.preStop
  const none = (wrong: string): Fault => ({ wrong, seconds: 0 })
  if (!hook) return none(`no preStop hook, so requests still arrive after SIGTERM; needs a ${minSeconds}s sleep`)
  const wrong = defect(hook, container.image ?? '')
  if (wrong !== undefined) return none(wrong)
  if (hook.tcpSocket) return none(`preStop tcpSocket is never run; needs a ${minSeconds}s sleep`)
  const seconds = delaySeconds(hook)
  if (seconds === undefined || seconds >= minSeconds) return undefined
  return { wrong: `preStop sleeps ${seconds}s, too short for traffic to stop; needs ${minSeconds}s`, seconds }
}

/** What the process must still have after the sleep, in seconds; where it would have less, it gets the whole of what it had. */
const leastLeft = 5

function gracePath({ at }: Workload): JsonPointer {
  return `${at.template}/spec/terminationGracePeriodSeconds`
}

/** Done twice, it does nothing more. */
function graceFix(workload: Workload, seconds: number): Operation[] {
  const grace = graceSeconds(workload.template)
  if (grace >= seconds + leastLeft) return []
  return [{ op: 'add', path: gracePath(workload), value: Math.max(grace, leastLeft) + seconds }]
}

/**
 * The native sleep; it is taken from the grace period, and the API server refuses one that is longer. Where a probe restarts the
 * container in less time than that, its author has to decide.
 */
function sleepFix({ container, at }: PlacedContainer, workload: Workload, seconds: number): Fix | undefined {
  const preStop = { sleep: { seconds } }
  if (cutHooks({ ...container, lifecycle: { preStop } }).length > 0) return undefined
  return [...graceFix(workload, seconds), { op: 'add', path: join(at, 'lifecycle', 'preStop'), value: preStop }]
}

/** The whole hook, or of two handlers what the fix wrote. */
function placeOfSleep({ container, at }: PlacedContainer): JsonPointer {
  const hook = join(at, 'lifecycle', 'preStop')
  return isDoubled(container.lifecycle?.preStop ?? {}) ? join(hook, 'sleep') : hook
}

/** Of two handlers the sleep goes if it was there before; in a file nobody knows which one is meant. */
function fixOf(placed: PlacedContainer, workload: Workload, context: RuleContext<Params>): Fix | undefined {
  if (!isDoubled(placed.container.lifecycle?.preStop ?? {}))
    return sleepFix(placed, workload, context.params.minSeconds)
  if (context.asWritten || !context.request?.oldObject) return undefined
  return [{ op: 'remove', path: placeOfSleep(placed) }]
}

function bringsGrace(workload: Workload, { request }: RuleContext<Params>): boolean {
  const path = gracePath(workload)
  return valueAt(request?.oldObject, path) !== valueAt(workload.object, path)
}

/**
 * A sleep as the fix writes it, which nobody applies: an apply that brings its author's grace period back would take it from that. If
 * that may not be longer, the sleep goes, as a new object would get none: the API server refuses one that is longer.
 */
function settle(workload: Workload, context: RuleContext<Params>): readonly Fix[] {
  const { minSeconds } = context.params
  const fix = graceFix(workload, minSeconds)
  const apps = appsOf(workload, context)
  if (fix.length === 0 || 'skip' in apps) return []
  const filledIn = apps.filter(({ container, at }) => {
    const preStop = container.lifecycle?.preStop ?? {}
    if (preStop.sleep?.seconds !== minSeconds || isDoubled(preStop)) return false
    return !context.isApplied(join(at, 'lifecycle', 'preStop', 'sleep'))
  })
  if (filledIn.length === 0) return []
  const removal = filledIn.map((placed) => ({ op: 'remove', path: placeOfSleep(placed) }) as const)
  return bringsGrace(workload, context) ? [fix, removal] : [fix]
}

function fillsIn({ template, at }: Workload): readonly JsonPointer[] {
  return runningContainers(template, at.template).map(placeOfSleep)
}

function isUnreadable({ container }: PlacedContainer): boolean {
  const hook = container.lifecycle?.preStop
  return hook?.exec != null && delaySeconds(hook) === undefined
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  const { params } = context
  const apps = appsOf(workload, context)
  if ('skip' in apps) return apps
  const findings = apps.flatMap((placed) => {
    const { container, at } = placed
    const found = fault(container, params.minSeconds)
    if (found === undefined) return []
    const path = container.lifecycle?.preStop ? join(at, 'lifecycle', 'preStop') : at
    const finding = { message: found.wrong, path, container: container.name, degree: -found.seconds }
    const fix = fixOf(placed, workload, context)
    return [fix ? { ...finding, fix } : finding]
  })
  if (findings.length > 0) return findings
  return apps.some(isUnreadable) ? { skip: 'how long a preStop hook delays the stop cannot be read' } : []
}

export const requirePreStopHook: WorkloadRule<Params> = {
  id: 'require-pre-stop-hook',
  title: 'A pod stops receiving traffic before its process is told to stop',
  why: 'SIGTERM and the removal from Service endpoints happen side by side: a process that exits at once refuses the requests that proxies and load balancers still send for some seconds, at every single rollout.',
  remedy: 'Add a preStop hook that sleeps for some seconds: `lifecycle: {preStop: {sleep: {seconds: 10}}}`.',
  category: 'shutdown',
  severity: 'high',
  judges: 'workload',
  affectedBy: ['Service'],
  needs: [],
  uses: ['Service'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      containers: containersParam,
      minSeconds: {
        type: 'integer',
        minimum: 1,
        default: 5,
        description: 'Seconds that the hook must sleep at least; the fix writes this number.',
      },
    },
  },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'off' },
  recommendedParams: { containers: 'serving' },
  fix: 'safe',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats'],
  alike: {},
  check,
  settle,
  fillsIn,
}
