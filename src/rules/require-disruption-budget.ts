import { describedElsewhere } from '../kube/containers.ts'
import { podLabels } from '../kube/services.ts'
import type { KubeObject } from '../model/object.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { budgetSpecOf, budgetsOver, decidingNumber, disruptionsAllowed } from '../rollout/disruptions.ts'
import { replicaRange } from '../rollout/replica-range.ts'

interface Params {
  readonly graceSeconds: number
}

/** A companion may be applied after its workload: files come in the order of their names. */
function isPending({ object }: Workload, { params, request, now }: RuleContext<Params>): boolean {
  if (request?.operation === 'CREATE') return true
  const created = object.metadata.creationTimestamp
  return created !== undefined && now < Date.parse(created) + params.graceSeconds * 1000
}

/**
 * What lets a drain evict all pods at once, of which there are `pods` at least; undefined if nothing does. A budget over several
 * workloads is read as if it were over this one alone. A pod that two cover is not evicted at all, which is another rule's business.
 */
function fault(budgets: readonly KubeObject[], pods: number): string | undefined {
  const [budget, ...others] = budgets
  if (budget === undefined) return `no PodDisruptionBudget covers its pods: a node drain may evict all ${pods} at once`
  const spec = budgetSpecOf(budget)
  if (others.length > 0 || disruptionsAllowed(spec, pods) < pods) return undefined
  const found = `budget ${budget.metadata.name ?? ''}: ${decidingNumber(spec)}`
  return `${found} lets a node drain evict all ${pods} at once; needs maxUnavailable 1`
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  if (workload.replicas === undefined) return { skip: 'drains leave the pods of a DaemonSet alone' }
  const labels = podLabels(workload, context.view)
  if (labels === undefined) return describedElsewhere(workload) ?? []
  const { min } = replicaRange(workload, context.view)
  if (min < 2)
    return { skip: `${min} replica${min === 1 ? ' is' : 's are'} guaranteed: a budget would only block drains` }
  const message = fault(budgetsOver(labels, context.view, workload.namespace), min)
  if (message === undefined) return []
  if (isPending(workload, context))
    return { skip: `pending: a budget may follow within ${context.params.graceSeconds}s` }
  return [{ message, path: workload.templateRef ? '/spec/workloadRef' : workload.at.template }]
}

export const requireDisruptionBudget: WorkloadRule<Params> = {
  id: 'require-disruption-budget',
  title: 'A node drain leaves pods to serve',
  why: 'Cluster upgrades drain node after node; without a budget nothing keeps a drain from evicting every replica that happens to be there, at once.',
  remedy: 'Add a PodDisruptionBudget with maxUnavailable 1 that selects the pods.',
  category: 'disruption',
  severity: 'high',
  judges: 'workload',
  affectedBy: ['PodDisruptionBudget.policy', 'HorizontalPodAutoscaler.autoscaling'],
  needs: ['PodDisruptionBudget.policy'],
  uses: ['HorizontalPodAutoscaler.autoscaling'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      graceSeconds: {
        type: 'integer',
        minimum: 0,
        default: 60,
        description: 'Seconds after the creation of a workload within which its budget may still come.',
      },
    },
  },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'none',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus'],
  alike: {
    'kube-score': ['deployment-has-poddisruptionbudget', 'statefulset-has-poddisruptionbudget'],
    polaris: ['missingPodDisruptionBudget'],
    kyverno: ['require-pdb'],
  },
  check,
}
