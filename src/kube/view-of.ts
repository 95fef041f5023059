import type { ClusterView } from '../model/cluster-view.ts'
import type { GroupKind, KubeObject } from '../model/object.ts'
import { indexBy } from '../plain/index-by.ts'
import { once } from '../plain/once.ts'
import { groupKindOf } from './group-kind.ts'

/** How `viewOf` decides what it knows: `listed` kinds are wholly known, `everything` if there is nothing else. */
export interface Knowledge {
  readonly everything?: boolean
  readonly listed?: (kind: GroupKind, namespace: string) => boolean
}

const none: readonly KubeObject[] = []

/**
 * A view of these objects. Without further knowledge a kind is known in a namespace when at least one object of it is there.
 * Objects without a namespace lie in `''`.
 */
export function viewOf(objects: Iterable<KubeObject>, knowledge: Knowledge = {}): ClusterView {
  const kinds = new Map<GroupKind, Map<string, KubeObject[]>>()
  for (const object of objects) {
    const kind = groupKindOf(object)
    const namespace = object.metadata.namespace ?? ''
    const places = kinds.get(kind) ?? new Map<string, KubeObject[]>()
    const there = places.get(namespace)
    if (there) there.push(object)
    else kinds.set(kind, places.set(namespace, [object]))
  }
  const listed = knowledge.listed ?? ((kind, namespace) => kinds.get(kind)?.has(namespace) === true)
  return {
    knows: (kind, namespace = '') => knowledge.everything === true || listed(kind, namespace),
    list: (kind, namespace) => kinds.get(kind)?.get(namespace) ?? none,
  }
}

const byName = indexBy(({ metadata }: KubeObject) => metadata.name ?? '')

/** The object of that name, if it is in view; cluster-scoped kinds have `''` as the namespace. */
export function objectNamed(
  view: ClusterView,
  kind: GroupKind,
  namespace: string,
  name: string,
): KubeObject | undefined {
  return byName(view.list(kind, namespace)).get(name)
}

/** The view as it will be once `object` is written: it takes the place of its older self. */
export function withObject(view: ClusterView, object: KubeObject): ClusterView {
  const kind = groupKindOf(object)
  const { name, namespace = '' } = object.metadata
  const withIt = once((objects: readonly KubeObject[]) => [
    ...objects.filter((other) => other.metadata.name !== name),
    object,
  ])
  return {
    knows: (asked, where) => view.knows(asked, where),
    list: (asked, where) => {
      const objects = view.list(asked, where)
      if (asked !== kind || where !== namespace) return objects
      return withIt(objects)
    },
  }
}
