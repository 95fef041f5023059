import { child, segmentsOf } from '../../kube/pointer.ts'
import type { Operation } from '../../model/finding.ts'
import type { Json, JsonObject } from '../../model/object.ts'

/**
 * A copy with one operation done as RFC 6902 has it, except that on the way to what is added null counts as an empty object
 * (`annotations:` with nothing after it). Undefined where the operation does not fit.
 */
export function patched(root: Json, operation: Operation): Json | undefined {
  return change(root, segmentsOf(operation.path), operation)
}

function change(node: Json, [segment, ...rest]: readonly string[], operation: Operation): Json | undefined {
  if (segment === undefined) return operation.op === 'remove' ? undefined : operation.value
  const parent = node === null && operation.op === 'add' ? {} : node
  const old = child(parent, segment) as Json | undefined
  if (rest.length > 0) return old === undefined ? undefined : put(parent, segment, change(old, rest, operation))
  if (operation.op === 'add') return add(parent, segment, operation.value)
  if (old === undefined) return undefined
  return operation.op === 'remove' ? remove(parent, segment) : put(parent, segment, operation.value)
}

/** In place of what an item or a member is; members may also be new. */
function put(parent: Json, segment: string, value: Json | undefined): Json | undefined {
  if (value === undefined || typeof parent !== 'object') return undefined
  return Array.isArray(parent)
    ? (parent as readonly Json[]).with(Number(segment), value)
    : { ...(parent as JsonObject), [segment]: value }
}

function add(parent: Json, segment: string, value: Json): Json | undefined {
  if (!Array.isArray(parent)) return put(parent, segment, value)
  const items = parent as readonly Json[]
  const index = segment === '-' ? items.length : Number(segment)
  return /^(?:0|[1-9]\d*|-)$/.test(segment) && index <= items.length ? items.toSpliced(index, 0, value) : undefined
}

function remove(parent: Json, segment: string): Json {
  if (Array.isArray(parent)) return (parent as readonly Json[]).toSpliced(Number(segment), 1)
  return Object.fromEntries(Object.entries(parent as JsonObject).filter(([name]) => name !== segment))
}
