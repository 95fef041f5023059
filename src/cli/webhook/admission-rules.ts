import { type Resource, resources } from '../../kube/resources.ts'
import type { GroupKind } from '../../model/object.ts'

/** A `RuleWithOperations` of `admissionregistration.k8s.io/v1`. */
interface AdmissionRule {
  readonly apiGroups: readonly string[]
  readonly apiVersions: readonly string[]
  readonly resources: readonly string[]
  readonly operations: readonly string[]
  readonly scope: 'Namespaced' | '*'
}

function served(kind: GroupKind): Resource {
  const resource = resources[kind]
  if (resource === undefined) throw new Error(`src/kube/resources.ts does not say how ${kind} is served`)
  return resource
}

/** What makes the API server ask about these kinds: one admission rule for each version of a group. */
export function admissionRules(kinds: readonly GroupKind[]): AdmissionRule[] {
  const asked = kinds.map(served)
  return [...new Set(asked.map(({ apiVersion }) => apiVersion))].map((apiVersion) => {
    const [version = '', group = ''] = apiVersion.split('/').reverse()
    const own = asked.filter((resource) => resource.apiVersion === apiVersion)
    return {
      apiGroups: [group],
      apiVersions: [version],
      resources: own.map(({ plural }) => plural),
      operations: ['CREATE', 'UPDATE'],
      scope: own.every(({ scope }) => scope === 'namespace') ? 'Namespaced' : '*',
    }
  })
}
