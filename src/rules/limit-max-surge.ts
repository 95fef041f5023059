import { join } from '../kube/pointer.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { replicaRange } from '../rollout/replica-range.ts'
import { rollingBudget } from '../rollout/rolling-budget.ts'
import { canSurge, type RollingStrategy, rollingStrategyOf } from '../rollout/rolling-strategy.ts'

interface Params {
  readonly min: number
  readonly max?: number
}

function pods(count: number): string {
  return `${count} pod${count === 1 ? '' : 's'}`
}

/** What is asked of the surge and not given, at the counts where it is least and most. */
function fault(workload: Workload, strategy: RollingStrategy, { params, view }: RuleContext<Params>) {
  const range = replicaRange(workload, view)
  const fewest = Math.max(1, range.min)
  const least = rollingBudget(workload.kind, strategy, fewest)
  // With nobody allowed to go, only a surge pod can start the rollout.
  const min = Math.max(params.min, least.maxUnavailable === 0 ? 1 : 0)
  if (least.maxSurge < min) return { count: fewest, surge: least.maxSurge, needs: `${min} or more`, value: min }
  const most = rollingBudget(workload.kind, strategy, range.max).maxSurge
  if (params.max === undefined || most <= params.max) return undefined
  return { count: range.max, surge: most, needs: `${params.max} or fewer`, value: params.max }
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  if (!canSurge(workload)) return { skip: `a ${workload.kind} does not replace pods by surging` }
  const strategy = rollingStrategyOf(workload)
  if ('skip' in strategy) return strategy
  const wrong = fault(workload, strategy, context)
  if (wrong === undefined) return []
  const path = join(workload.at.budget, 'maxSurge')
  const of = typeof strategy.maxSurge === 'number' ? '' : ` of ${wrong.count}`
  const found = `maxSurge ${strategy.maxSurge}${context.wrote(path) ? '' : ' (the default)'}${of}`
  const message = `${found} = ${pods(wrong.surge)} added during the rollout; needs ${wrong.needs}`
  return [{ message, path, fix: [{ op: 'add', path, value: wrong.value }] }]
}

export const limitMaxSurge: WorkloadRule<Params> = {
  id: 'limit-max-surge',
  title: 'A rolling update adds pods within the bounds that nodes and databases can take',
  why: 'Without a surge pod a rollout has to take an old one down first; with too many, the nodes, quotas and database connections that the extra pods need run out in the middle of it.',
  remedy: 'Set maxSurge to 1, or to what the cluster can hold beside the old pods.',
  category: 'availability',
  severity: 'medium',
  judges: 'workload',
  affectedBy: ['HorizontalPodAutoscaler.autoscaling'],
  needs: [],
  uses: ['HorizontalPodAutoscaler.autoscaling'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      min: { type: 'integer', minimum: 0, default: 1, description: 'Pods that a rollout must be able to add.' },
      max: { type: 'integer', minimum: 1, description: 'Pods that a rollout may add at most; without it, any number.' },
    },
  },
  presets: { strict: 'warn', production: 'off', staging: 'off', development: 'off' },
  fix: 'safe',
  about: 'state',
  check,
}
