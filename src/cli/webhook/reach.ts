import type { GroupKind } from '../../model/object.ts'
import type { Bypass, Policy } from '../../model/policy.ts'
import { judgedKinds } from '../kinds.ts'
import { all, any, not } from './cel.ts'
import { brokenGlass, bypassBeyond, letBy, sharedBypass } from './let-by.ts'
import type { MatchCondition } from './match-conditions.ts'
import { type Meant, meantFor } from './meant-for.ts'

/** What the API server can tell by itself of what policies are meant for: kinds by its rules, the rest as CEL. */
export interface Reach {
  readonly kinds: readonly GroupKind[]
  readonly conditions: readonly MatchCondition[]
}

type Kinds = readonly GroupKind[]

/** The kinds for which all the conditions can hold, and of the conditions those that do not always. */
function reach(conditionsFor: (kinds: Kinds) => readonly MatchCondition[]): Reach {
  const isPossible = (kind: GroupKind) => all(conditionsFor([kind]).map(({ expression }) => expression)) !== 'false'
  const kinds = judgedKinds.filter(isPossible)
  const open = conditionsFor(kinds).filter(({ expression }) => expression !== 'true')
  return { kinds, conditions: [...new Map(open.map((condition) => [condition.expression, condition])).values()] }
}

/** Whether any of the policies is meant for a write of which its bypass says this. */
function meantWhere(policies: readonly Meant[], says: (bypass: Bypass) => string, kinds: Kinds): string {
  const sayings = new Set(policies.map(({ bypass }) => says(bypass)))
  const whereSaid = (saying: string) => {
    const own = policies.filter(({ bypass }) => says(bypass) === saying)
    return all([any(own.map(({ isFor }) => isFor(kinds))), saying])
  }
  return any([...sayings].map(whereSaid))
}

/** Whether any of the policies judges a write that those in `shared` do not make. */
function judges(policies: readonly Meant[], shared: Bypass, kinds: Kinds): string {
  return meantWhere(policies, (bypass) => not(letBy(bypassBeyond(shared, bypass))), kinds)
}

interface FailingReach extends Reach {
  readonly failurePolicy: Policy['failurePolicy']
}

/**
 * Each failure policy and where it holds: `Fail` wherever a policy judges that says so, `Ignore` in the rest. The webhook is kept
 * from what no policy judges, so that its death is nobody's there.
 */
export function reaches(policies: readonly Policy[]): FailingReach[] {
  const meant = meantFor(policies)
  const shared = sharedBypass(meant.map(({ bypass }) => bypass))
  const strict = meant.filter(({ failurePolicy }) => failurePolicy === 'Fail')
  const lenient = meant.filter(({ failurePolicy }) => failurePolicy === 'Ignore')
  const notLetBy = { name: 'not-let-by-every-policy', expression: not(letBy(shared)) }
  const judgedBy = (some: readonly Meant[], kinds: Kinds) => [
    notLetBy,
    { name: 'judged-by-a-policy', expression: judges(some, shared, kinds) },
  ]
  const failing = reach((kinds) => judgedBy(strict, kinds))
  const ignoring = reach((kinds) => [
    ...judgedBy(lenient, kinds),
    { name: 'judged-by-none-that-fails', expression: not(judges(strict, shared, kinds)) },
  ])
  const both = [
    { failurePolicy: 'Fail', ...failing },
    { failurePolicy: 'Ignore', ...ignoring },
  ] as const
  return both.filter(({ kinds }) => kinds.length > 0)
}

/** What is let by for a reason, and judged by no other policy; undefined if no policy lets anybody by. */
export function recordedReach(policies: readonly Policy[]): Reach | undefined {
  const meant = meantFor(policies)
  const shared = sharedBypass(meant.map(({ bypass }) => bypass))
  const recorded = reach((kinds) => [
    { name: 'break-glass', expression: meantWhere(meant, brokenGlass, kinds) },
    { name: 'judged-by-no-policy', expression: any([letBy(shared), not(judges(meant, shared, kinds))]) },
  ])
  return recorded.kinds.length > 0 ? recorded : undefined
}

/** Whether policies are meant for all, some or none of what is judged, as far as the API server can tell. */
export function extentOf(policies: readonly Policy[]): 'all' | 'some' | 'none' {
  const meant = meantFor(policies.map((policy) => ({ ...policy, fallback: false })))
  const extents = judgedKinds.map((kind) => any(meant.map(({ isFor }) => isFor([kind]))))
  if (extents.every((extent) => extent === 'false')) return 'none'
  return extents.every((extent) => extent === 'true') ? 'all' : 'some'
}
