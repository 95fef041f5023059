import type { Operation } from '../model/finding.ts'
import type { Json, JsonPointer } from '../model/object.ts'
import { child, join, segmentsOf } from './pointer.ts'

/** The operation preceded by an `add` of `{}` for each parent object it lacks (null is one, too), as RFC 6902 wants them. */
export function withParents(root: unknown, operation: Operation): Operation[] {
  const operations: Operation[] = []
  const parents = segmentsOf(operation.path).slice(0, -1)
  let value = root
  let at: JsonPointer = ''
  for (const segment of parents) {
    at = join(at, segment)
    value = child(value, segment) ?? undefined
    if (value === undefined) operations.push({ op: 'add', path: at, value: {} })
  }
  return [...operations, operation]
}

function withChild(parent: unknown, segment: string, value: Json | undefined): unknown {
  if (Array.isArray(parent)) {
    const index = Number(segment)
    const items = parent as readonly unknown[]
    return value === undefined ? items.toSpliced(index, 1) : items.with(index, value)
  }
  const copy: Record<string, unknown> = { ...(parent as object) }
  if (value === undefined) Reflect.deleteProperty(copy, segment)
  else Object.defineProperty(copy, segment, { value, enumerable: true, writable: true, configurable: true })
  return copy
}

function replaced(node: unknown, segments: readonly string[], value: Json | undefined): unknown {
  const [first, ...rest] = segments
  if (first === undefined) return value
  const inner = rest.length === 0 ? value : replaced(child(node, first) ?? {}, rest, value)
  return withChild(node, first, inner as Json | undefined)
}

/** A copy with the operation done, missing parents included; what it does not touch is shared with the original. Items are not inserted into arrays. */
export function applied<T>(root: T, operation: Operation): T {
  return replaced(root, segmentsOf(operation.path), operation.op === 'remove' ? undefined : operation.value) as T
}
