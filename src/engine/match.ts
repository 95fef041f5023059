import { matchesSelector, namespaceNameLabel, requirementsOf } from '../kube/selector.ts'
import { objectNamed } from '../kube/view-of.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject, LabelSelector } from '../model/object.ts'
import type { Match, Policy } from '../model/policy.ts'
import { matchesAny } from '../plain/glob.ts'

/** `unknown`: the namespace would decide, or its labels would, and the object does not name it or they are not in view. */
export type Matching = 'yes' | 'no' | 'unknown'

/** Globs that fit what has no name fit every name. */
function nameMatches({ namespaces }: Match, name: string): Matching {
  if (namespaces === undefined || matchesAny(namespaces, name)) return 'yes'
  return name === '' ? 'unknown' : 'no'
}

function labelsMatch({ namespaceSelector }: Match, name: string, view: ClusterView): Matching {
  if (namespaceSelector === undefined) return 'yes'
  const namespace = objectNamed(view, 'Namespace', '', name)
  const isTold = (key: string) => namespace !== undefined || (key === namespaceNameLabel && name !== '')
  if (!requirementsOf(namespaceSelector).every(({ key }) => isTold(key))) return 'unknown'
  return matchesSelector(namespaceSelector, { ...namespace?.metadata.labels, [namespaceNameLabel]: name })
    ? 'yes'
    : 'no'
}

/** All parts of a match but `exclude`. */
function included(match: Match, object: KubeObject, view: ClusterView): Matching {
  const { kinds, objectSelector } = match
  if (kinds !== undefined && !kinds.includes(object.kind)) return 'no'
  if (objectSelector !== undefined && !matchesSelector(objectSelector, object.metadata.labels ?? {})) return 'no'
  const name = object.metadata.namespace ?? ''
  const answers = [nameMatches(match, name), labelsMatch(match, name, view)]
  if (answers.includes('no')) return 'no'
  return answers.includes('unknown') ? 'unknown' : 'yes'
}

/** Whether a policy is meant for an object. What names no namespace is not taken for excluded: that would let it by unseen. */
export function matches(match: Match, object: KubeObject, view: ClusterView): Matching {
  const inside = included(match, object, view)
  if (inside === 'no' || match.exclude === undefined) return inside
  const excluded = included(match.exclude, object, view)
  if (excluded === 'yes') return 'no'
  return excluded === 'unknown' && object.metadata.namespace ? 'unknown' : inside
}

export interface MeantPolicy {
  readonly policy: Policy
  readonly matching: 'yes' | 'unknown'
}

/** The policies for an object and how sure that is; fallbacks too, unless another one is surely meant for it. */
export function policiesFor(policies: readonly Policy[], object: KubeObject, view: ClusterView): MeantPolicy[] {
  const meant = (fallback: boolean) => {
    const found: MeantPolicy[] = []
    for (const policy of policies) {
      const matching = policy.fallback === fallback ? matches(policy.match, object, view) : 'no'
      if (matching !== 'no') found.push({ policy, matching })
    }
    return found
  }
  const regular = meant(false)
  return regular.some(({ matching }) => matching === 'yes') ? regular : [...regular, ...meant(true)]
}

/** Whether it takes more than the name of a namespace to tell. */
function asksForLabels(selector: LabelSelector = {}): boolean {
  return requirementsOf(selector).some(({ key }) => key !== namespaceNameLabel)
}

/**
 * What a match comes to for who sees the names of namespaces but not their labels: the same where those do not decide, and nothing
 * where they do; undefined if they always do.
 */
export function matchByNames(match: Match): Match | undefined {
  if (asksForLabels(match.namespaceSelector)) return undefined
  const { namespaceSelector, ...told } = match.exclude ?? {}
  if (!asksForLabels(namespaceSelector)) return match
  return Object.keys(told).length === 0 ? undefined : { ...match, exclude: told }
}
