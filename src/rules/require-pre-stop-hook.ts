import { type ContainerChoice, chosenContainers, containersParam } from '../kube/container-choice.ts'
import { join } from '../kube/pointer.ts'
import { isRouted } from '../kube/services.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Container, Workload } from '../model/workload.ts'
import { hookSeconds, needsSleepProgram } from '../rollout/termination.ts'

interface Params {
  readonly containers: ContainerChoice
  readonly minSeconds: number
}

/** What is wrong with the container's hook; a hook whose length cannot be read is the author's business. */
function fault(container: Container, minSeconds: number): string | undefined {
  const hook = container.lifecycle?.preStop
  if (!hook) return `no preStop hook, so requests still arrive after SIGTERM; needs a ${minSeconds}s sleep`
  if (needsSleepProgram(hook) && /distroless/.test(container.image ?? '')) {
    return 'preStop runs sleep, which its distroless image lacks; needs the sleep action'
  }
  const seconds = hookSeconds(hook)
  if (seconds === undefined || seconds >= minSeconds) return undefined
  return `preStop sleeps ${seconds}s, too short for traffic to stop; needs ${minSeconds}s`
}

function check(workload: Workload, { params, view }: RuleContext<Params>): CheckResult {
  if (!isRouted(workload, view)) return { skip: 'no Service sends traffic to its pods' }
  const containers = chosenContainers(workload, params.containers, view)
  if ('skip' in containers) return containers
  return containers.flatMap(({ container, at }) => {
    const isSidecar = container.restartPolicy === 'Always'
    const wrong = isSidecar ? undefined : fault(container, params.minSeconds)
    if (wrong === undefined) return []
    const path = join(at, 'lifecycle', 'preStop')
    const fix = [{ op: 'add' as const, path, value: { sleep: { seconds: params.minSeconds } } }]
    const found = container.lifecycle?.preStop ? path : at
    return [{ message: `container ${container.name}: ${wrong}`, path: found, container: container.name, fix }]
  })
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
  check,
}
