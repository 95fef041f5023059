import { type ContainerChoice, chosenContainers, containersParam } from '../kube/container-choice.ts'
import { join } from '../kube/pointer.ts'
import type { Fix } from '../model/finding.ts'
import type { Json } from '../model/object.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PlacedContainer, Probe, Workload } from '../model/workload.ts'

interface Params {
  readonly containers: ContainerChoice
  readonly windowSeconds: number
}

/** Only from what the author already asks of the container: a probe is never invented. */
function derived(liveness: Probe, windowSeconds: number): Json {
  const { httpGet, tcpSocket, grpc, exec, timeoutSeconds } = liveness
  const handler = { httpGet, tcpSocket, grpc, exec, timeoutSeconds }
  const periodSeconds = 5
  const known = Object.entries(handler).filter(([, value]) => value != null)
  const failureThreshold = Math.ceil(windowSeconds / periodSeconds)
  return { ...Object.fromEntries(known), periodSeconds, failureThreshold }
}

function fixOf({ container, at }: PlacedContainer, windowSeconds: number): { readonly fix?: Fix } {
  if (!container.livenessProbe) return {}
  const value = derived(container.livenessProbe, windowSeconds)
  return { fix: [{ op: 'add', path: join(at, 'startupProbe'), value }] }
}

function check(workload: Workload, { params, view }: RuleContext<Params>): CheckResult {
  const containers = chosenContainers(workload, params.containers, view)
  if ('skip' in containers) return containers
  return containers
    .filter(({ container }) => !container.startupProbe)
    .map((placed) => ({
      message: `container ${placed.container.name}: no startupProbe, so a slow start is killed by liveness or hides behind its delay`,
      path: placed.at,
      container: placed.container.name,
      ...fixOf(placed, params.windowSeconds),
    }))
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
        description: 'Seconds to start that the fix allows for, when it derives the probe from the livenessProbe.',
      },
    },
  },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'warn' },
  recommendedParams: { containers: 'serving' },
  fix: 'opt-in',
  about: 'state',
  check,
}
