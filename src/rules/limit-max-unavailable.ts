import { percentOf, resolve } from '../kube/int-or-percent.ts'
import { join } from '../kube/pointer.ts'
import type { Fix } from '../model/finding.ts'
import type { IntOrPercent, JsonPointer } from '../model/object.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { nodeCount } from '../rollout/nodes.ts'
import { hasOpenReplicas } from '../rollout/open-replicas.ts'
import { replicaRange, scaledBy } from '../rollout/replica-range.ts'
import { countBeyond, shareOf, type WorstCase, worstCase } from '../rollout/rolling-budget.ts'
import { type RollingStrategy, rollingStrategyOf } from '../rollout/rolling-strategy.ts'
import { lacksSurgeRoom } from '../rollout/surge-room.ts'

interface Params {
  readonly max: number
}

type Context = RuleContext<Params>

/** What the sentence tells beside the numbers. */
interface Facts {
  readonly strategy: RollingStrategy
  readonly isWritten: boolean
  /** Who may scale it to the count, if it is not its own. */
  readonly by: string
  readonly when: string
}

/** The counts at which the worst can happen: rounding down makes it the largest, the fencepost the smallest. */
function counts(
  workload: Workload,
  strategy: RollingStrategy,
  limit: number,
  context: Context,
): readonly number[] | undefined {
  const percent = percentOf(strategy.maxUnavailable)
  if (workload.replicas === undefined) {
    const nodes = nodeCount(workload, context.view) ?? (percent === undefined ? 1_000_000 : undefined)
    return nodes === undefined ? undefined : [nodes]
  }
  const { min, max } = replicaRange(workload, context.view)
  // The percentage counts from where it takes a pod too many.
  return percent && hasOpenReplicas(workload, context) ? [min, max, countBeyond(limit, percent)] : [min, max]
}

/** The share of the pods that go; of ten where files do not tell how many there are. */
function degreeOf(workload: Workload, strategy: RollingStrategy, worst: WorstCase, context: Context): number {
  const isUnknown = context.asWritten && hasOpenReplicas(workload, context)
  const { count, down } = isUnknown ? worstCase(workload.kind, strategy, [10]) : worst
  return shareOf(count, down, strategy.maxUnavailable)
}

/** The API server refuses a Deployment with both 0 as written, Argo a Rollout (validateRollingUpdateDeployment; pkg/apis/rollouts/validation). */
function isZero(value: IntOrPercent): boolean {
  return value === 0 || percentOf(value) === 0
}

function sentence({ count, down }: WorstCase, limit: number, { strategy, isWritten, by, when }: Facts): string {
  const { maxUnavailable: value, maxSurge } = strategy
  const found = `maxUnavailable ${value}${isWritten ? '' : ' (the default)'}`
  if (resolve(value, count, 'down') === 0) {
    const both = `${found} and maxSurge ${maxSurge}`
    // The fencepost: a rollout in which neither is possible would never begin.
    const so = isZero(value) ? 'are refused: nothing would roll out' : 'come to 0 = 1 pod down'
    return `${both} ${so}; needs maxSurge 1 or more`
  }
  const of = value === down ? '' : ` of ${count}${by}`
  return `${found}${of} = ${down} pod${down === 1 ? '' : 's'} down ${when}; needs ${limit}`
}

/** An API server without the feature gate drops the field (statefulset strategy.go, dropStatefulSetDisabledFields); what it stored counts. */
function whenDown({ kind }: Workload, { asWritten }: Context): string {
  return kind === 'StatefulSet' && asWritten ? 'where the gate MaxUnavailableStatefulSet is on' : 'during the rollout'
}

/** None where the pods that may not go are waited for by one that finds no room. */
function fixOf(workload: Workload, strategy: RollingStrategy, limit: number, context: Context): Fix | undefined {
  if (limit === 0 && lacksSurgeRoom(workload, context.view)) return undefined
  const down = { op: 'add', path: join(workload.at.budget, 'maxUnavailable'), value: limit } as const
  const surge = join(workload.at.budget, 'maxSurge')
  const percent = percentOf(strategy.maxSurge)
  // A number that nobody wrote is another rule's fix; a percentage that nobody wrote is the API's default.
  const isSurgeOpen = percent === undefined ? strategy.maxSurge === 0 : percent === 0 || !context.wrote(surge)
  const needsSurge = workload.canSurge && limit === 0 && isSurgeOpen
  return needsSurge ? [down, { op: 'add', path: surge, value: 1 }] : [down]
}

function limitOf(workload: Workload, { params }: Context): number {
  return workload.canSurge ? params.max : Math.max(1, params.max)
}

function check(workload: Workload, context: Context): CheckResult {
  const strategy = rollingStrategyOf(workload)
  if ('skip' in strategy) return strategy
  const limit = limitOf(workload, context)
  const possible = counts(workload, strategy, limit, context)
  if (possible === undefined) return { skip: 'a percentage of the nodes it runs on, which are unknown here' }
  const path = join(workload.at.budget, 'maxUnavailable')
  const isWritten = context.wrote(path)
  const worst = worstCase(workload.kind, strategy, possible)
  if (worst.down <= limit) return []
  const by = scaledBy(worst.count, workload, context.view)
  const when = whenDown(workload, context)
  const fix = fixOf(workload, strategy, limit, context)
  const message = sentence(worst, limit, { strategy, isWritten, by, when })
  return [{ message, path, degree: degreeOf(workload, strategy, worst, context), ...(fix ? { fix } : {}) }]
}

/** 25 % of few replicas is 0, and of some more it is not. And a 0 that nobody applies goes, where its author lets no pod come either. */
function settle(workload: Workload, context: Context): readonly Fix[] {
  const strategy = rollingStrategyOf(workload)
  const limit = limitOf(workload, context)
  const path = join(workload.at.budget, 'maxUnavailable')
  if ('skip' in strategy || limit > 0) return []
  if (!context.wrote(path)) return [fixOf(workload, strategy, limit, context) ?? []]
  const isRefused = isZero(strategy.maxUnavailable) && isZero(strategy.maxSurge)
  return isRefused && !context.isApplied(path) ? [[{ op: 'remove', path }]] : []
}

function fillsIn({ at }: Workload): readonly JsonPointer[] {
  return [join(at.budget, 'maxUnavailable'), join(at.budget, 'maxSurge')]
}

export const limitMaxUnavailable: WorkloadRule<Params> = {
  id: 'limit-max-unavailable',
  title: 'A rolling update keeps every replica available',
  why: 'While a rollout takes pods away before their successors are ready, the others carry the load: at peak time that is an outage, and with a new version that never becomes ready the capacity stays away.',
  remedy: 'Set maxUnavailable to 0 and maxSurge to 1 or more, so that a new pod is ready before an old one goes.',
  category: 'availability',
  severity: 'critical',
  judges: 'workload',
  affectedBy: ['HorizontalPodAutoscaler.autoscaling'],
  needs: [],
  uses: ['HorizontalPodAutoscaler.autoscaling', 'Node'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      max: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description:
          'Pods that may be unavailable during a rollout. A StatefulSet or DaemonSet, which cannot do without, may always take 1 down. An API server whose feature gate MaxUnavailableStatefulSet is off drops the field of a StatefulSet, and 1 goes down: only files are refused for it then.',
      },
    },
  },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'off' },
  fix: 'safe',
  about: 'limit',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: { 'kube-linter': ['no-rolling-update-strategy'], 'kube-score': ['deployment-strategy'] },
  check,
  settle,
  fillsIn,
}
