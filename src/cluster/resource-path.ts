import type { Resource } from '../kube/resources.ts'

/** Where the API server describes the group and version. */
export function rootOf({ apiVersion }: Resource): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

/** Where it lists the kind, in one namespace or everywhere. A namespace itself is one object, not a list. */
export function pathOf(resource: Resource, namespace?: string): string {
  const root = rootOf(resource)
  if (namespace === undefined) return `${root}/${resource.plural}`
  const place = `${root}/namespaces/${encodeURIComponent(namespace)}`
  return resource.scope === 'self' ? place : `${place}/${resource.plural}`
}
