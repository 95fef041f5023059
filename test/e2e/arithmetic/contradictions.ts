import { evaluate } from '../../../src/engine/evaluate.ts'
import { viewOf } from '../../../src/kube/view-of.ts'
import type { KubeObject } from '../../../src/model/object.ts'
import { budgetSpecOf, disruptionsAllowed } from '../../../src/rollout/disruptions.ts'
import { rollingBudget } from '../../../src/rollout/rolling-budget.ts'
import { rollingStrategyOf } from '../../../src/rollout/rolling-strategy.ts'
import { rules } from '../../../src/rules/index.ts'
import { readWorkload } from '../../../src/workloads/read-workload.ts'
import { enabled, policyOf } from '../../rules/read-fixture.ts'
import type { Observation, Observed } from './observe.ts'

const rollout = 'limit-max-unavailable'
const drain = 'disallow-blocking-disruption-budget'

function statusOf(id: string, object: KubeObject, objects: readonly KubeObject[]): string {
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) throw new Error(`no rule ${id}`)
  const policies = [policyOf([enabled(rule)])]
  const { results } = evaluate(object, { policies, view: viewOf(objects), now: Date.now(), defaulted: true })
  return results.find((result) => result.rule === id)?.status ?? 'none'
}

/** Where the arithmetic says something else than happened at one replica count. */
function ofNumbers({ workload, others }: Observed, observation: Observation): string[] {
  const { count, lowest, disruptionsAllowed: allowed } = observation
  const read = readWorkload(workload)
  const strategy = read && rollingStrategyOf(read)
  if (read === undefined || strategy === undefined || 'skip' in strategy) return ['has no rolling strategy']
  const { maxUnavailable } = rollingBudget(read.kind, strategy, count)
  const evictable = disruptionsAllowed(budgetSpecOf(others[0] as KubeObject), count)
  // How far down it really goes depends on how soon the first new pods are ready; not below, and not nowhere.
  const isAsSaid = lowest >= count - maxUnavailable && (maxUnavailable === 0 || lowest < count)
  return [
    ...(isAsSaid ? [] : [`${lowest} of ${count} available, though ${maxUnavailable} may be missing`]),
    ...(allowed === evictable ? [] : [`${allowed} of ${count} may be evicted, not ${evictable}`]),
  ]
}

/** Where a rule's verdict is not what happened. A StatefulSet cannot do without taking one pod down. */
function ofVerdicts({ one, workload, others, observations }: Observed): string[] {
  const objects = [workload, ...others]
  const spare = one.kind === 'StatefulSet' ? 1 : 0
  const isShort = observations.some(({ count, lowest }) => count - lowest > spare)
  const isBlocked = observations[0]?.disruptionsAllowed === 0
  const verdicts = [
    { id: rollout, said: statusOf(rollout, workload, objects), wanted: isShort ? 'fail' : 'pass' },
    { id: drain, said: statusOf(drain, others[0] as KubeObject, objects), wanted: isBlocked ? 'fail' : 'pass' },
  ]
  return verdicts.flatMap(({ id, said, wanted }) => (said === wanted ? [] : [`${id} says ${said}, not ${wanted}`]))
}

/** Everything in which rules and arithmetic contradict what the controllers did; empty if they agree. */
export function contradictions(observed: Observed): string[] {
  const numbers = observed.observations.flatMap((observation) => ofNumbers(observed, observation))
  const { one } = observed
  return [...numbers, ...ofVerdicts(observed)].map((text) => `${text}: ${JSON.stringify(one)}`)
}
