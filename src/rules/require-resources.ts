import { describedElsewhere, runningContainers } from '../kube/containers.ts'
import { containerDefaults, containerResources, type Effective, hasSome, podResources } from '../kube/pod-resources.ts'
import { join } from '../kube/pointer.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Finding } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PlacedContainer, Workload } from '../model/workload.ts'
import { autoscalerOf, missingRequests } from '../rollout/autoscaler.ts'

interface Params {
  readonly requests: readonly string[]
  readonly limits: readonly string[]
}

/** A container and what it has in its pod. */
interface Equipped extends Effective, PlacedContainer {
  readonly name: string
}

function equipped({ template, at, namespace }: Workload, view: ClusterView): Equipped[] {
  const defaults = containerDefaults(view, namespace)
  const containers = runningContainers(template, at.template)
  return containers.map((placed) => ({
    ...placed,
    name: placed.container.name,
    ...containerResources(placed.container, defaults),
  }))
}

/** Of the names, those that neither the container nor its pod has any of. */
function absent(of: keyof Effective, names: readonly string[], own: Effective, pod: Effective): string[] {
  return names.filter((name) => !hasSome(own[of], name) && !hasSome(pod[of], name))
}

function faults(
  { container, name, at }: Equipped,
  of: keyof Effective,
  missing: readonly string[],
  text: string,
): readonly Finding[] {
  if (missing.length === 0) return []
  const message = `${text}; needs ${missing.length === 1 ? 'it' : 'them'}`
  // The API server writes `resources: {}` where there are none: not a place to point at.
  const path = container.resources?.[of] == null ? at : join(at, 'resources', of)
  return [{ message, path, container: name, against: of, degree: missing.length }]
}

function check(workload: Workload, { params, view }: RuleContext<Params>): CheckResult {
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const containers = equipped(workload, view)
  if (containers.length === 0) return { skip: 'its pod template has no containers' }
  const pod = podResources(workload.template.spec ?? {})
  const autoscaler = autoscalerOf(workload, view)
  const unscalable = autoscaler ? missingRequests(autoscaler, containers, pod.requests) : []
  return containers.flatMap((container) => {
    const scaledBy = unscalable.filter((each) => each.container === container.name).map(({ resource }) => resource)
    const requests = [...new Set([...absent('requests', params.requests, container, pod), ...scaledBy])]
    const limits = absent('limits', params.limits, container, pod)
    const outcome = scaledBy.length > 0 ? 'its HPA cannot scale' : 'its node may be full'
    return [
      ...faults(container, 'requests', requests, `requests no ${requests.join(' and ')}, so ${outcome}`),
      ...faults(
        container,
        'limits',
        limits,
        `has no limit of ${limits.join(' and ')}, so it may starve its neighbours`,
      ),
    ]
  })
}

const names = { type: 'array', items: { type: 'string', minLength: 1 } } as const

export const requireResources: WorkloadRule<Params> = {
  id: 'require-resources',
  title: 'Every container says what it needs',
  why: 'A pod that requests nothing is put on a node that has nothing left and is the first to be evicted; one without a memory limit takes its neighbours down; and an autoscaler cannot compute a utilization of nothing, so it never scales.',
  remedy: 'Set resources.requests for cpu and memory and resources.limits for memory, from what is measured.',
  category: 'availability',
  severity: 'medium',
  judges: 'workload',
  affectedBy: ['HorizontalPodAutoscaler.autoscaling', 'LimitRange'],
  needs: [],
  uses: ['HorizontalPodAutoscaler.autoscaling', 'LimitRange'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      requests: {
        ...names,
        default: ['cpu', 'memory'],
        description:
          'Resources that a container, or its pod as a whole, must request. What an autoscaler goes by is asked for anyway.',
      },
      limits: {
        ...names,
        default: ['memory'],
        description: 'Resources that a container, or its pod as a whole, must limit.',
      },
    },
  },
  presets: { strict: 'warn', production: 'off', staging: 'off', development: 'off' },
  fix: 'none',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats', 'feastflow'],
  alike: {
    'kube-linter': ['unset-cpu-requirements', 'unset-memory-requirements'],
    'kube-score': ['container-resources'],
    polaris: ['cpuRequestsMissing', 'memoryRequestsMissing', 'memoryLimitsMissing'],
    'gatekeeper-library': ['k8srequiredresources'],
    kyverno: ['require-requests-limits'],
  },
  check,
}
