import { isObject } from '../kube/is-object.ts'
import { type Resource, resources } from '../kube/resources.ts'
import type { GroupKind, KubeObject } from '../model/object.ts'
import { parseJson } from '../plain/parse-json.ts'
import type { Get } from './connection.ts'
import { project } from './project.ts'
import { type Refusal, readList } from './read-list.ts'
import { rootOf } from './resource-path.ts'

/** A kind in one namespace or, without one, in the whole cluster. */
export interface Place {
  readonly kind: GroupKind
  readonly namespace?: string
}

export type Reading = Place & ({ readonly objects: readonly KubeObject[] } | Refusal)

/** Reads a place; `onPage` hears how many more objects there are, fewer when a list is begun anew. */
export async function readPlace(place: Place, get: Get, onPage: (more: number) => void): Promise<Reading> {
  const resource = Object.hasOwn(resources, place.kind) ? resources[place.kind] : undefined
  if (resource === undefined) return { ...place, status: 0, reason: 'evenkeel does not know where this kind is listed' }
  const list = await readList({ get, resource, namespace: place.namespace, keep: project, onPage })
  if (!('status' in list)) return { ...place, objects: list }
  return (await isAbsent(resource, list, get)) ? { ...place, objects: [] } : { ...place, ...list }
}

/**
 * Whether there are none of a custom resource because it is not installed. Who may not list it is refused all the same, since
 * RBAC is asked first; but everyone may ask what a group serves (ClusterRole system:discovery).
 */
async function isAbsent(resource: Resource, { status }: Refusal, get: Get): Promise<boolean> {
  if (resource.custom !== true || status !== 403) return resource.custom === true && status === 404
  const group = await get(rootOf(resource))
  if (group.status !== 200) return group.status === 404
  const content = parseJson(group.body ?? '')
  const served = isObject(content) && Array.isArray(content['resources']) ? content['resources'] : undefined
  return served?.every((entry) => isObject(entry) && entry['name'] !== resource.plural) === true
}
