import type { Policy } from '../../model/policy.ts'
import { type MatchCondition, oneOf } from './match-conditions.ts'

const place = 'request.namespace'

/** Where a policy can be meant for anything, as far as the name of a namespace tells (CEL); empty for everywhere. */
function placesOf({ match: { namespaces, exclude } }: Policy): string {
  const isWholesale = exclude?.namespaces !== undefined && Object.keys(exclude).length === 1
  return [
    ...(namespaces === undefined ? [] : [oneOf(place, namespaces)]),
    ...(isWholesale ? [`!(${oneOf(place, exclude.namespaces)})`] : []),
  ].join(' && ')
}

/** Where any of the policies can be meant for something; undefined for everywhere. */
function union(policies: readonly Policy[]): string | undefined {
  const places = new Set(policies.map(placesOf))
  return places.has('') ? undefined : [...places].join(' ||\n')
}

/** What keeps the webhook away from namespaces that no policy is meant for, so that its death is none of theirs. */
export function reachOf(policies: readonly Policy[]): MatchCondition[] {
  const expression = union(policies)
  return expression === undefined ? [] : [{ name: 'in-reach-of-a-policy', expression }]
}

/** A failure policy and what is judged under it. */
interface Reach {
  readonly failurePolicy: Policy['failurePolicy']
  readonly conditions: readonly MatchCondition[]
}

/** Each failure policy and where it holds: `Fail` wherever a policy that says so can be meant, `Ignore` in the rest. */
export function reaches(policies: readonly Policy[]): Reach[] {
  const strict = policies.filter(({ failurePolicy }) => failurePolicy === 'Fail')
  const ignore = { failurePolicy: 'Ignore', conditions: reachOf(policies) } as const
  if (strict.length === 0) return [ignore]
  const fail = { failurePolicy: 'Fail', conditions: reachOf(strict) } as const
  const failing = union(strict)
  if (strict.length === policies.length || failing === undefined) return [fail]
  const rest = { name: 'out-of-reach-of-those-that-fail', expression: `!(${failing})` }
  return [fail, { ...ignore, conditions: [...ignore.conditions, rest] }]
}
