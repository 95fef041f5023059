import { percentOf } from '../kube/int-or-percent.ts'
import { matchesSelector } from '../kube/selector.ts'
import type { Fix } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { CheckResult, KindRule, RuleContext, Skip } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { budgetSpecOf, type DisruptionBudgetSpec, disruptionsAllowed } from '../rollout/disruptions.ts'
import { replicaRange } from '../rollout/replica-range.ts'
import { readers } from '../workloads/index.ts'
import { readWorkload } from '../workloads/read-workload.ts'

const workloadKinds = Object.keys(readers)

/** The number that decides, as it is written. */
function written(spec: DisruptionBudgetSpec): string {
  if (spec.maxUnavailable != null) return `maxUnavailable ${spec.maxUnavailable}`
  return spec.minAvailable == null ? 'neither minAvailable nor maxUnavailable' : `minAvailable ${spec.minAvailable}`
}

function fieldOf(spec: DisruptionBudgetSpec): string {
  return spec.maxUnavailable == null && spec.minAvailable != null ? '/spec/minAvailable' : '/spec/maxUnavailable'
}

function one(spec: DisruptionBudgetSpec): Fix {
  const set = { op: 'add', path: '/spec/maxUnavailable', value: 1 } as const
  return spec.minAvailable == null ? [set] : [{ op: 'remove', path: '/spec/minAvailable' }, set]
}

/** Whether it lets nobody go however many pods there are. */
function blocksAlways(spec: DisruptionBudgetSpec): boolean {
  return (
    disruptionsAllowed(spec, 1_000_000) === 0 && (typeof spec.minAvailable !== 'number' || spec.maxUnavailable != null)
  )
}

function coveredBy(budget: KubeObject, { view }: RuleContext<object>): Workload[] {
  const { selector } = budgetSpecOf(budget)
  const workloads = workloadKinds.flatMap((kind) => view.list(kind, budget.metadata.namespace ?? ''))
  return workloads.flatMap((object) => {
    const workload = readWorkload(object)
    return workload && matchesSelector(selector, workload.template.metadata?.labels ?? {}) ? [workload] : []
  })
}

/** A DaemonSet has no scale for the disruption controller to count by: only an integer minAvailable works there. */
function lacksScale(workloads: readonly Workload[], { minAvailable }: DisruptionBudgetSpec): boolean {
  const byNumber = minAvailable != null && percentOf(minAvailable) === undefined
  return !byNumber && workloads.some(({ kind }) => kind === 'DaemonSet')
}

interface Fault {
  readonly message: string
  readonly fix?: Fix
}

/** At the fewest pods the workloads can have: rounding up makes that the worst case. */
function faultOver(
  workloads: readonly Workload[],
  spec: DisruptionBudgetSpec,
  context: RuleContext<object>,
): Fault | Skip | undefined {
  if (lacksScale(workloads, spec))
    return { message: `${written(spec)} over a DaemonSet lets no pod be evicted; needs an integer minAvailable` }
  if (workloads.some(({ kind }) => kind === 'DaemonSet'))
    return { skip: 'how many pods a DaemonSet has is unknown here' }
  const pods = workloads.reduce((sum, workload) => sum + replicaRange(workload, context.view).min, 0)
  if (disruptionsAllowed(spec, pods) > 0) return undefined
  const names = workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ')
  const found = `${written(spec)} of ${pods} pod${pods === 1 ? '' : 's'} (${names}) lets none be evicted, so a drain hangs`
  return pods > 1
    ? { message: `${found}; needs maxUnavailable 1`, fix: one(spec) }
    : { message: `${found}; needs 2 replicas or no budget` }
}

function fault(budget: KubeObject, context: RuleContext<object>): Fault | Skip | undefined {
  const spec = budgetSpecOf(budget)
  if (blocksAlways(spec)) {
    return {
      message: `${written(spec)} lets no pod be evicted, so a node drain hangs; needs maxUnavailable 1 or more`,
      fix: one(spec),
    }
  }
  const workloads = coveredBy(budget, context).filter(({ replicas }) => replicas !== 0)
  if (workloads.length === 0) return { skip: 'no workload in view has pods that it covers' }
  return faultOver(workloads, spec, context)
}

function check(budget: KubeObject, context: RuleContext<object>): CheckResult {
  if (budget.metadata.annotations?.['ownedBy'] === 'EvictionAutoScaler') {
    return { skip: 'EvictionAutoScaler raises the replicas when a drain comes' }
  }
  const wrong = fault(budget, context)
  if (wrong === undefined) return []
  return 'skip' in wrong ? wrong : [{ ...wrong, path: fieldOf(budgetSpecOf(budget)) }]
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
  uses: [...workloadKinds, 'HorizontalPodAutoscaler.autoscaling'],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'warn' },
  fix: 'offer',
  about: 'state',
  check,
}
