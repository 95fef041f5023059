import { policiesFor } from '../engine/match.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { Policy } from '../model/policy.ts'
import { isJudged } from './judge.ts'
import { systemNamespaces } from './webhook/system-namespaces.ts'

/** What an audit judges of what a cluster holds. */
export interface AuditScope {
  readonly judged: readonly KubeObject[]
  /** In namespaces of Kubernetes itself, though policies are meant for it. */
  readonly leftOut: readonly KubeObject[]
}

const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? ''

/**
 * Namespaces of Kubernetes itself are left out unless somebody has written their name, in a policy's list or for this audit: `*`
 * and the lack of a list speak of what teams deploy, not of what only Kubernetes and its distributor can mend.
 */
export function auditScope(
  objects: readonly KubeObject[],
  view: ClusterView,
  policies: readonly Policy[],
  asked: readonly string[] = [],
): AuditScope {
  const named = new Set([...asked, ...policies.flatMap(({ match }) => match.namespaces ?? [])])
  const isLeftOut = (object: KubeObject) => {
    const namespace = namespaceOf(object)
    return systemNamespaces.includes(namespace) && !named.has(namespace)
  }
  const candidates = objects.filter(isJudged)
  return {
    judged: candidates.filter((object) => !isLeftOut(object)),
    leftOut: candidates.filter((object) => isLeftOut(object) && policiesFor(policies, object, view).length > 0),
  }
}

/** What to tell of what was left out, a line for each namespace. */
export function leftOutText(leftOut: readonly KubeObject[]): string[] {
  return [...new Set(leftOut.map(namespaceOf))].map((namespace) => {
    const count = leftOut.filter((object) => namespaceOf(object) === namespace).length
    const what = count === 1 ? '1 object' : `${count} objects`
    return `left out ${what} in ${namespace}, which no policy names: --namespace ${namespace} judges what is there`
  })
}
