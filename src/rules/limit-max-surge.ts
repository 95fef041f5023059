import { percentOf, resolve } from '../kube/int-or-percent.ts'
import { join } from '../kube/pointer.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { hasOpenReplicas } from '../rollout/open-replicas.ts'
import { replicaRange, scaledBy } from '../rollout/replica-range.ts'
import { rollingBudget, shareOf } from '../rollout/rolling-budget.ts'
import { type RollingStrategy, rollingStrategyOf } from '../rollout/rolling-strategy.ts'
import { lacksSurgeRoom } from '../rollout/surge-room.ts'

interface Params {
  readonly min: number
  readonly max?: number
}

type Context = RuleContext<Params>

function pods(count: number): string {
  return `${count} pod${count === 1 ? '' : 's'}`
}

interface Fault {
  readonly count: number
  readonly surge: number
  readonly needs: string
  readonly value: number
  readonly against: 'min' | 'max'
  readonly degree: number
}

/** Rounding up makes the smallest count the one where least is added. */
function tooFew(workload: Workload, strategy: RollingStrategy, { params, view }: Context): Fault | undefined {
  const count = Math.max(1, replicaRange(workload, view).min)
  // With nobody allowed to go, only a surge pod can start the rollout: the controller would take one down all the same.
  const needed = resolve(strategy.maxUnavailable, count, 'down') === 0 ? 1 : 0
  const value = Math.max(params.min, needed)
  const surge = rollingBudget(workload.kind, strategy, count).maxSurge
  return surge < value ? { count, surge, needs: `${value} or more`, value, against: 'min', degree: -surge } : undefined
}

function tooMany(workload: Workload, strategy: RollingStrategy, context: Context): Fault | undefined {
  const { max: value } = context.params
  if (value === undefined) return undefined
  const { max } = replicaRange(workload, context.view)
  const percent = percentOf(strategy.maxSurge)
  // The percentage counts from where it adds a pod too many.
  const count =
    percent && hasOpenReplicas(workload, context) ? Math.max(max, Math.floor((value * 100) / percent) + 1) : max
  const surge = rollingBudget(workload.kind, strategy, count).maxSurge
  const degree = shareOf(count, surge, strategy.maxSurge)
  return surge > value ? { count, surge, needs: `${value} or fewer`, value, against: 'max', degree } : undefined
}

function check(workload: Workload, context: Context): CheckResult {
  if (!workload.canSurge) return { skip: `a ${workload.kind} does not replace pods by surging` }
  const strategy = rollingStrategyOf(workload)
  if ('skip' in strategy) return strategy
  const wrong = tooFew(workload, strategy, context) ?? tooMany(workload, strategy, context)
  if (wrong === undefined) return []
  const path = join(workload.at.budget, 'maxSurge')
  const of =
    typeof strategy.maxSurge === 'number' ? '' : ` of ${wrong.count}${scaledBy(wrong.count, workload, context.view)}`
  const found = `maxSurge ${strategy.maxSurge}${context.wrote(path) ? '' : ' (the default)'}${of}`
  const message = `${found} = ${pods(wrong.surge)} added during the rollout; needs ${wrong.needs}`
  // A surge pod that finds no room would leave the rollout where it is.
  const isStuck = wrong.surge === 0 && lacksSurgeRoom(workload, context.view)
  const { against, degree } = wrong
  const finding = { message, path, against, degree }
  return [isStuck ? finding : { ...finding, fix: [{ op: 'add', path, value: wrong.value }] }]
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
  about: 'limit',
  demandedBy: ['applyforus', 'endpoint-stats', 'feastflow'],
  alike: { 'kube-linter': ['no-rolling-update-strategy'] },
  check,
}
