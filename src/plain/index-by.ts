import { once } from './once.ts'

/** Finds objects of a list by a key, the first of those that share it. */
export function indexBy<T extends object>(
  keyOf: (object: T) => string,
): (objects: readonly T[]) => ReadonlyMap<string, T> {
  return once((objects: readonly T[]) => new Map(objects.toReversed().map((object) => [keyOf(object), object])))
}
