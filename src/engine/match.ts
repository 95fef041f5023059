import { matchesAny } from '../kube/glob.ts'
import { matchesSelector } from '../kube/selector.ts'
import { objectNamed } from '../kube/view-of.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject, LabelSelector } from '../model/object.ts'
import type { Match, Policy } from '../model/policy.ts'

/** `unknown`: a namespace's labels would decide, and they are not in view. */
export type Matching = 'yes' | 'no' | 'unknown'

/** The label that the API server gives every namespace. */
const nameLabel = 'kubernetes.io/metadata.name'

function asksOnlyForName({ matchLabels, matchExpressions }: LabelSelector): boolean {
  const keys = [...Object.keys(matchLabels ?? {}), ...(matchExpressions ?? []).map(({ key }) => key)]
  return keys.every((key) => key === nameLabel)
}

function namespaceMatches({ namespaceSelector }: Match, object: KubeObject, view: ClusterView): Matching {
  if (namespaceSelector === undefined) return 'yes'
  const name = object.metadata.namespace ?? ''
  const namespace = objectNamed(view, 'Namespace', '', name)
  if (namespace === undefined && !asksOnlyForName(namespaceSelector)) return 'unknown'
  return matchesSelector(namespaceSelector, { ...namespace?.metadata.labels, [nameLabel]: name }) ? 'yes' : 'no'
}

/** All parts of a match but `exclude`. */
function included(match: Match, object: KubeObject, view: ClusterView): Matching {
  const { namespaces, kinds, objectSelector } = match
  if (kinds !== undefined && !kinds.includes(object.kind)) return 'no'
  if (namespaces !== undefined && !matchesAny(namespaces, object.metadata.namespace ?? '')) return 'no'
  if (objectSelector !== undefined && !matchesSelector(objectSelector, object.metadata.labels ?? {})) return 'no'
  return namespaceMatches(match, object, view)
}

/** Whether a policy is meant for an object. */
export function matches(match: Match, object: KubeObject, view: ClusterView): Matching {
  const inside = included(match, object, view)
  if (inside === 'no' || match.exclude === undefined) return inside
  const excluded = included(match.exclude, object, view)
  if (excluded === 'yes') return 'no'
  return excluded === 'unknown' ? 'unknown' : inside
}

/** The policies for an object and how sure that is; fallbacks only if no other one is meant for it. */
export function policiesFor(
  policies: readonly Policy[],
  object: KubeObject,
  view: ClusterView,
): { readonly policy: Policy; readonly matching: 'yes' | 'unknown' }[] {
  const meant = (fallback: boolean) => {
    const found: { readonly policy: Policy; readonly matching: 'yes' | 'unknown' }[] = []
    for (const policy of policies) {
      const matching = policy.fallback === fallback ? matches(policy.match, object, view) : 'no'
      if (matching !== 'no') found.push({ policy, matching })
    }
    return found
  }
  const regular = meant(false)
  return regular.length > 0 ? regular : meant(true)
}
