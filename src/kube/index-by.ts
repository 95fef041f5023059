import type { KubeObject } from '../model/object.ts'
import { once } from './once.ts'

/** Finds objects of a list by a key, the first of those that share it. */
export function indexBy(
  keyOf: (object: KubeObject) => string,
): (objects: readonly KubeObject[]) => ReadonlyMap<string, KubeObject> {
  return once((objects) => new Map(objects.toReversed().map((object) => [keyOf(object), object])))
}
