import { batchKinds } from '../kube/other-pods.ts'
import { demandsOf } from '../kube/selector.ts'
import type { Fix } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { CheckResult, KindRule, RuleContext, Skip } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import {
  budgetSpecOf,
  countsPods,
  type DisruptionBudgetSpec,
  decidingNumber,
  disruptionsAllowed,
  unscaledUnder,
} from '../rollout/disruptions.ts'
import { nodeCount } from '../rollout/nodes.ts'
import { replicaRange } from '../rollout/replica-range.ts'
import { workloadKinds } from '../workloads/index.ts'
import { workloadsMatching } from '../workloads/read-workload.ts'

type Context = RuleContext<object>

function fieldOf(spec: DisruptionBudgetSpec): string {
  return spec.maxUnavailable == null && spec.minAvailable != null ? '/spec/minAvailable' : '/spec/maxUnavailable'
}

function one(spec: DisruptionBudgetSpec): Fix {
  const set = { op: 'add', path: '/spec/maxUnavailable', value: 1 } as const
  return spec.minAvailable == null ? [set] : [{ op: 'remove', path: '/spec/minAvailable' }, set]
}

/** Whether it lets nobody go however many pods there are. */
function blocksAlways(spec: DisruptionBudgetSpec): boolean {
  return !countsPods(spec) && disruptionsAllowed(spec, 1_000_000) === 0
}

/** The workloads in view that have pods under the budget. */
function coveredBy(budget: KubeObject, { view }: Context): Workload[] {
  const { selector } = budgetSpecOf(budget)
  const covered = workloadsMatching(selector, view, budget.metadata.namespace ?? '')
  return covered.filter(({ replicas }) => replicas !== 0)
}

/** The fewest pods that the workload may run; undefined if nobody can say. One that an autoscaler may scale to 0 has none to evict there. */
function fewestPods(workload: Workload, { view }: Context): number | undefined {
  return workload.replicas === undefined ? nodeCount(workload, view) : Math.max(1, replicaRange(workload, view).min)
}

interface Fault {
  readonly message: string
  readonly fix?: Fix
}

/** At the fewest pods the workloads can have: rounding up makes that the worst case. */
function faultOver(
  workloads: readonly Workload[],
  spec: DisruptionBudgetSpec,
  context: Context,
): Fault | Skip | undefined {
  const counts = workloads.map((workload) => fewestPods(workload, context))
  if (counts.includes(undefined)) return { skip: 'how many pods a DaemonSet has is unknown here' }
  const pods = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  if (pods === 0) return { skip: 'no workload in view has pods that it covers' }
  if (disruptionsAllowed(spec, pods) > 0) return undefined
  const found = `${decidingNumber(spec)} of ${pods} pod${pods === 1 ? '' : 's'} lets none be evicted, so drains hang`
  if (pods === 1) return { message: `${found}; needs 2 replicas or no budget` }
  const isByNumber = workloads.some(({ kind }) => kind === 'DaemonSet')
  const fewer: Fix = [{ op: 'add', path: '/spec/minAvailable', value: pods - 1 }]
  return isByNumber
    ? { message: `${found}; needs minAvailable ${pods - 1} or less`, fix: fewer }
    : { message: `${found}; needs maxUnavailable 1`, fix: one(spec) }
}

function fault(budget: KubeObject, context: Context): Fault | Skip | undefined {
  const spec = budgetSpecOf(budget)
  if (spec.selector == null) return { skip: 'without a selector it covers no pods' }
  const workloads = coveredBy(budget, context)
  const unscaled = countsPods(spec) ? undefined : unscaledUnder(budget, workloads, context.view)
  if (unscaled !== undefined) return { message: `${decidingNumber(spec)} ${unscaled}; needs an integer minAvailable` }
  if (blocksAlways(spec)) {
    return {
      message: `${decidingNumber(spec)} lets no pod be evicted, so drains hang; needs maxUnavailable 1`,
      fix: one(spec),
    }
  }
  return faultOver(workloads, spec, context)
}

function check(budget: KubeObject, context: Context): CheckResult {
  if (budget.metadata.annotations?.['ownedBy'] === 'EvictionAutoScaler') {
    return { skip: 'EvictionAutoScaler raises the replicas when a drain comes' }
  }
  const wrong = fault(budget, context)
  if (wrong === undefined) return []
  const spec = budgetSpecOf(budget)
  // The wider its selector, the more drains it blocks.
  return 'skip' in wrong ? wrong : [{ ...wrong, path: fieldOf(spec), degree: -demandsOf(spec.selector ?? {}) }]
}

export const disallowBlockingDisruptionBudget: KindRule = {
  id: 'disallow-blocking-disruption-budget',
  title: 'A disruption budget always lets one pod go',
  why: 'A budget that allows no eviction does not protect the pods, it stops the node drain: cluster upgrades hang until somebody deletes the budget in the night.',
  remedy: 'Set maxUnavailable to 1, or run one replica more than minAvailable asks for.',
  category: 'disruption',
  severity: 'high',
  judges: 'PodDisruptionBudget.policy',
  affectedBy: [...workloadKinds, 'HorizontalPodAutoscaler.autoscaling'],
  needs: [],
  uses: [...workloadKinds, ...batchKinds, 'HorizontalPodAutoscaler.autoscaling', 'Node'],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'warn' },
  fix: 'offer',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'feastflow'],
  alike: {
    'kube-linter': ['pdb-max-unavailable', 'pdb-min-available'],
    polaris: ['pdbDisruptionsIsZero', 'pdbMinAvailableGreaterThanHPAMinReplicas'],
    'gatekeeper-library': ['k8spoddisruptionbudget'],
    kyverno: ['pdb-maxunavailable', 'pdb-minavailable-check'],
  },
  check,
}
