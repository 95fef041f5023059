import { join } from '../kube/pointer.ts'
import { timingOf } from '../kube/probe.ts'
import type { Fix } from '../model/finding.ts'
import type { JsonObject } from '../model/object.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PlacedContainer, Probe, Workload } from '../model/workload.ts'
import { type ContainerChoice, chosenContainers, containersParam } from '../rollout/container-choice.ts'
import { withDeadline } from '../rollout/progress-deadline.ts'
import { patienceSeconds } from '../rollout/startup.ts'

interface Params {
  readonly containers: ContainerChoice
  readonly windowSeconds: number
}

/** Only from what the author already asks of the container: a probe is never invented, and a start never has less time than it had. */
function derived(liveness: Probe, windowSeconds: number): JsonObject | undefined {
  const { httpGet, tcpSocket, grpc, exec } = liveness
  const handlers = Object.entries({ httpGet, tcpSocket, grpc, exec }).filter(([, handler]) => handler != null)
  if (handlers.length === 0) return undefined
  const asked = timingOf(liveness)
  const { timeoutSeconds } = asked
  // A timeout that is longer than the period would be a contradiction of its own; a longer period than liveness has could kill sooner.
  const periodSeconds = Math.max(Math.min(5, asked.periodSeconds), timeoutSeconds)
  const failureThreshold = Math.ceil(Math.max(windowSeconds, patienceSeconds(liveness)) / periodSeconds)
  return { ...Object.fromEntries(handlers), timeoutSeconds, periodSeconds, failureThreshold }
}

function probeFor({ container, at }: PlacedContainer, windowSeconds: number): Fix {
  const value = container.livenessProbe ? derived(container.livenessProbe, windowSeconds) : undefined
  return value === undefined ? [] : [{ op: 'add', path: join(at, 'startupProbe'), value }]
}

function check(workload: Workload, { params, view }: RuleContext<Params>): CheckResult {
  const containers = chosenContainers(workload, params.containers, view)
  if ('skip' in containers) return containers
  const lacking = containers.filter(({ container }) => !container.startupProbe)
  const fixes = withDeadline(
    lacking.map((placed) => probeFor(placed, params.windowSeconds)),
    workload,
  )
  return lacking.map(({ container: { name }, at }, i) => {
    const message = 'no startupProbe, so a slow start cannot be told from a hang'
    const fix = fixes[i] ?? []
    return { message, path: at, container: name, ...(fix.length > 0 ? { fix } : {}) }
  })
}

export const requireStartupProbe: WorkloadRule<Params> = {
  id: 'require-startup-probe',
  title: 'A slow start is neither killed nor mistaken for health',
  why: 'Liveness has to be patient enough for the slowest start and quick enough for a hang; without a startup probe it is one or the other, and a busy node turns a rollout into a crash loop.',
  remedy: 'Add a startupProbe whose failureThreshold times periodSeconds covers the slowest start.',
  category: 'health',
  severity: 'medium',
  judges: 'workload',
  affectedBy: ['Service'],
  needs: [],
  uses: ['Service'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      containers: containersParam,
      windowSeconds: {
        type: 'integer',
        minimum: 5,
        default: 60,
        description:
          'Seconds to start that the fix allows for, when it derives the probe from the livenessProbe; as many as that allows, if more.',
      },
    },
  },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'warn' },
  recommendedParams: { containers: 'serving' },
  fix: 'opt-in',
  about: 'state',
  demandedBy: ['applyforus'],
  alike: {
    'kube-linter': ['no-startup-probe'],
    'gatekeeper-library': ['k8srequiredprobes'],
    kyverno: ['require-pod-probes'],
  },
  check,
}
