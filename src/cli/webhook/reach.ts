import { matchByNames } from '../../engine/match.ts'
import { kindOf } from '../../kube/group-kind.ts'
import { requirementsOf } from '../../kube/selector.ts'
import type { GroupKind, LabelExpression } from '../../model/object.ts'
import type { Match, Policy } from '../../model/policy.ts'
import { judgedKinds } from '../kinds.ts'
import { list, type MatchCondition, oneOf } from './match-conditions.ts'

/** What the API server can tell by itself of what policies are meant for: kinds by its rules, the rest as CEL. */
export interface Reach {
  readonly kinds: readonly GroupKind[]
  readonly conditions: readonly MatchCondition[]
}

/** What is excluded, if these parts alone decide that. */
function excludedBy({ exclude }: Match, parts: readonly (keyof Match)[]): Match | undefined {
  const own: readonly string[] = Object.keys(exclude ?? {})
  return own.length > 0 && own.every((part) => (parts as readonly string[]).includes(part)) ? exclude : undefined
}

/** The kinds that a policy can be meant for, whichever rules it has at the moment: those may change while the webhook serves. */
function kindsOf({ match }: Policy): GroupKind[] {
  const isMeant = (kind: string) => match.kinds?.includes(kind) ?? true
  const isExcluded = (kind: string) => excludedBy(match, ['kinds'])?.kinds?.includes(kind) ?? false
  return judgedKinds.filter((kind) => isMeant(kindOf(kind)) && !isExcluded(kindOf(kind)))
}

const place = 'request.namespace'

/** What a requirement of a namespaceSelector asks of the name of a namespace. */
function asksOfName({ operator, values = [] }: LabelExpression): string[] {
  const isOne = `${place} in ${list(values)}`
  return { In: [isOne], NotIn: [`!(${isOne})`], Exists: [], DoesNotExist: ['false'] }[operator]
}

/** Where a part of a policy's match holds, as far as the name of a namespace tells; none for everywhere. */
function namedBy({ namespaces, namespaceSelector = {} }: Match): string[] {
  return [
    ...(namespaces === undefined ? [] : [oneOf(place, namespaces)]),
    ...requirementsOf(namespaceSelector).flatMap(asksOfName),
  ]
}

/** Where a policy can be meant for anything. */
function placesOf({ match }: Policy): string[] {
  const without = excludedBy(match, ['namespaces', 'namespaceSelector'])
  const excluded = without === undefined ? [] : [`!(${namedBy(without).join(' && ') || 'true'})`]
  return [...namedBy(match), ...excluded]
}

/** The policies, as far as names of namespaces tell what they are meant for: the webhook does not see their labels. */
function byNames(policies: readonly Policy[]): Policy[] {
  return policies.flatMap((policy) => {
    const match = matchByNames(policy.match)
    return match === undefined ? [] : [{ ...policy, match }]
  })
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
  const known = byNames(policies)
  const own = new Set(known.flatMap(kindsOf))
  const kinds = among.filter((kind) => own.has(kind))
  return { kinds, conditions: condition('in-reach-of-a-policy', alternatives(known, kinds)) }
}

interface FailingReach extends Reach {
  readonly failurePolicy: Policy['failurePolicy']
}

/** Each failure policy and where it holds: `Fail` wherever a policy that says so can be meant, `Ignore` in the rest. */
export function reaches(policies: readonly Policy[]): FailingReach[] {
  const known = byNames(policies)
  const strict = known.filter(({ failurePolicy }) => failurePolicy === 'Fail')
  const lenient = known.filter((policy) => !strict.includes(policy))
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
