import { asksForNamespaceLabels } from '../../engine/match.ts'
import type { Policy } from '../../model/policy.ts'

/** What to tell of policies that hold for nothing in the webhook: it sees no Namespaces, the request names theirs only. */
export function blindPolicies(policies: readonly Policy[]): string[] {
  return policies
    .filter(asksForNamespaceLabels)
    .map(({ name }) => `policy ${name} matches by namespace labels, which the webhook does not see: its rules skip`)
}
