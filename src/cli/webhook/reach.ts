import { kindOf } from '../../kube/group-kind.ts'
import type { GroupKind } from '../../model/object.ts'
import type { Match, Policy } from '../../model/policy.ts'
import { judgedKinds } from '../kinds.ts'
import { type MatchCondition, oneOf } from './match-conditions.ts'

/** What the API server can tell by itself of what policies are meant for: kinds by its rules, the rest as CEL. */
export interface Reach {
  readonly kinds: readonly GroupKind[]
  readonly conditions: readonly MatchCondition[]
}

/** What `exclude` excludes by one of its parts alone. */
function excluded({ exclude }: Match, part: 'kinds' | 'namespaces'): readonly string[] | undefined {
  return exclude !== undefined && Object.keys(exclude).length === 1 ? exclude[part] : undefined
}

/** The kinds that a policy can be meant for, whichever rules it has at the moment: those may change while the webhook serves. */
function kindsOf({ match }: Policy): GroupKind[] {
  const isMeant = (kind: string) => match.kinds?.includes(kind) ?? true
  const isExcluded = (kind: string) => excluded(match, 'kinds')?.includes(kind) ?? false
  return judgedKinds.filter((kind) => isMeant(kindOf(kind)) && !isExcluded(kindOf(kind)))
}

/** Where a policy can be meant for anything, as far as the name of a namespace tells; none for everywhere. */
function placesOf({ match }: Policy): string[] {
  const place = 'request.namespace'
  const without = excluded(match, 'namespaces')
  return [
    ...(match.namespaces === undefined ? [] : [oneOf(place, match.namespaces)]),
    ...(without === undefined ? [] : [`!(${oneOf(place, without)})`]),
  ]
}

/** Which objects of these kinds any of the policies can be meant for: one of the expressions holds, an empty one for all. */
function alternatives(policies: readonly Policy[], kinds: readonly GroupKind[]): string[] {
  const found = policies.flatMap((policy) => {
    const own = kindsOf(policy).filter((kind) => kinds.includes(kind))
    if (own.length === 0) return []
    const isLimited = own.length < kinds.length
    return [[...(isLimited ? [oneOf('request.kind.kind', own.map(kindOf))] : []), ...placesOf(policy)].join(' && ')]
  })
  return [...new Set(found)]
}

function condition(name: string, expressions: readonly string[], write = (all: string) => all): MatchCondition[] {
  if (expressions.length === 0 || expressions.includes('')) return []
  return [{ name, expression: write(expressions.join(' ||\n')) }]
}

/**
 * What keeps the webhook away from kinds and namespaces that no policy is meant for, so that its death is none of theirs. Of all
 * that the policies are meant for, `among` may leave out kinds.
 */
export function reachOf(policies: readonly Policy[], among = judgedKinds): Reach {
  const own = new Set(policies.flatMap(kindsOf))
  const kinds = among.filter((kind) => own.has(kind))
  return { kinds, conditions: condition('in-reach-of-a-policy', alternatives(policies, kinds)) }
}

interface FailingReach extends Reach {
  readonly failurePolicy: Policy['failurePolicy']
}

/** Each failure policy and where it holds: `Fail` wherever a policy that says so can be meant, `Ignore` in the rest. */
export function reaches(policies: readonly Policy[]): FailingReach[] {
  const strict = policies.filter(({ failurePolicy }) => failurePolicy === 'Fail')
  const lenient = policies.filter((policy) => !strict.includes(policy))
  const everywhere = strict.filter((policy) => placesOf(policy).length === 0).flatMap(kindsOf)
  const others = reachOf(
    lenient,
    judgedKinds.filter((kind) => !everywhere.includes(kind)),
  )
  const failing = alternatives(strict, others.kinds)
  const rest = condition('out-of-reach-of-those-that-fail', failing, (all) => `!(${all})`)
  const both: FailingReach[] = [
    { failurePolicy: 'Fail', ...reachOf(strict) },
    { failurePolicy: 'Ignore', kinds: others.kinds, conditions: [...others.conditions, ...rest] },
  ]
  return both.filter(({ kinds }) => kinds.length > 0)
}
