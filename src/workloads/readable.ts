import { applied } from '../kube/patch.ts'
import type { KubeObject } from '../model/object.ts'
import { shapeError } from './shape-error.ts'

/** Each is another look at the whole object. */
const maxRemoved = 16

/**
 * The object without its values of wrong types, so that the rest can be read: a custom resource's definition may be laxer than its
 * controller, and an object may be older than its validation. Undefined when what is left is none of its kind, or too much is wrong.
 */
export function readable(object: KubeObject): KubeObject | undefined {
  let rest = object
  for (let removed = 0; removed <= maxRemoved; removed++) {
    const error = shapeError(rest)
    if (error === undefined) return rest
    if (error.path === '') return undefined
    rest = applied(rest, { op: 'remove', path: error.path })
  }
  return undefined
}
