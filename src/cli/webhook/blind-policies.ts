import { matchByNames } from '../../engine/match.ts'
import type { Policy } from '../../model/policy.ts'

/** It sees no Namespaces, the request names theirs only. */
function ofLabels({ name, match }: Policy): string[] {
  const byNames = matchByNames(match)
  if (byNames === match) return []
  const told = `policy ${name} matches by namespace labels, which the webhook does not see`
  if (byNames === undefined)
    return [`${told}: the API server never asks it for the policy's sake, only check and audit judge by that`]
  return [`${told}: where they decide, only check and audit judge by it`]
}

/** Where it is never asked: where a cluster must be able to repair itself. */
function ofNames({ name, match: { namespaces = [] } }: Policy, excluded: readonly string[]): string[] {
  const unseen = namespaces.filter((namespace) => excluded.includes(namespace))
  if (unseen.length === 0) return []
  const where = unseen.join(', ')
  return [
    `policy ${name} names ${where}: the API server never asks the webhook there, only check and audit judge by it`,
  ]
}

/** What to tell of policies that hold for nothing in the webhook, or for less than they say. */
export function blindPolicies(policies: readonly Policy[], excludedNamespaces: readonly string[]): string[] {
  return policies.flatMap((policy) => [...ofLabels(policy), ...ofNames(policy, excludedNamespaces)])
}

/** Rules that are never more than skipped in the webhook: it has no informers, so of other objects it knows nothing. */
export function blindRules(policies: readonly Policy[]): string[] {
  const needy = policies.flatMap(({ rules }) => rules.filter(({ rule }) => rule.needs.length > 0))
  return [...new Set(needy.map(({ rule }) => rule.id))]
}
