import { isRouted, serviceSelector, servicesOf } from '../kube/services.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { replicaRange } from '../rollout/replica-range.ts'
import { workloadKinds } from '../workloads/index.ts'
import { workloadsMatching } from '../workloads/read-workload.ts'

interface Params {
  readonly min: number
}

/** Pods of other workloads that every one of its Services sends traffic to as well: a stable version beside its canary. */
function siblingPods(workload: Workload, view: ClusterView): number {
  const services = servicesOf(workload, view) ?? []
  const [first] = services
  const candidates = first ? workloadsMatching(serviceSelector(first), view, workload.namespace) : []
  const siblings = candidates.filter((other) => {
    if (other.kind === workload.kind && other.name === workload.name) return false
    const theirs = servicesOf(other, view) ?? []
    return services.every((service) => theirs.includes(service))
  })
  return siblings.reduce((sum, sibling) => sum + (sibling.replicas === 0 ? 0 : replicaRange(sibling, view).min), 0)
}

/** Who leaves the number out may have left it to an autoscaler; in files, one that is not there is none. */
function isLeftToUnknown({ namespace }: Workload, { view, asWritten }: RuleContext<Params>): boolean {
  return !asWritten && !view.knows('HorizontalPodAutoscaler.autoscaling', namespace)
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  const { params, view, omitted } = context
  if (workload.replicas === undefined) return { skip: 'a DaemonSet has one pod a node' }
  if (workload.replicas === 0) return { skip: 'it is scaled to 0' }
  if (!isRouted(workload, view)) return { skip: 'no Service sends traffic to its pods' }
  const { min, scaler } = replicaRange(workload, view)
  if (min >= params.min || min + siblingPods(workload, view) >= params.min) return []
  const isOmitted = omitted('/spec/replicas')
  if (isOmitted && isLeftToUnknown(workload, context))
    return { skip: 'replicas are left out, and whether an autoscaler sets them is unknown' }
  const own = `replicas ${min}${isOmitted ? ' (the default)' : ''}`
  const found = scaler === undefined ? own : `HPA ${scaler} may scale to ${min}`
  return [
    { message: `${found}: one lost pod or node is an outage; needs ${params.min} or more`, path: '/spec/replicas' },
  ]
}

export const requireReplicas: WorkloadRule<Params> = {
  id: 'require-replicas',
  title: 'A workload that serves traffic has a replica to spare',
  why: 'With one replica every node drain, eviction and crash is an outage, and no disruption budget can help: it would only block the drain.',
  remedy: "Set replicas, or the autoscaler's minReplicas, to 2 or more.",
  category: 'availability',
  severity: 'medium',
  judges: 'workload',
  affectedBy: ['HorizontalPodAutoscaler.autoscaling', 'Service'],
  needs: [],
  uses: ['HorizontalPodAutoscaler.autoscaling', 'Service', ...workloadKinds],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      min: {
        type: 'integer',
        minimum: 1,
        default: 2,
        description: 'Replicas that must be guaranteed; under an autoscaler, its minReplicas.',
      },
    },
  },
  presets: { strict: 'warn', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'none',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: {
    'kube-linter': ['minimum-three-replicas'],
    'kube-score': ['deployment-replicas'],
    polaris: ['deploymentMissingReplicas'],
    'gatekeeper-library': ['k8sreplicalimits'],
    kyverno: ['deployment-has-multiple-replicas'],
  },
  check,
}
