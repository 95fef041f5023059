import type { JsonPointer } from '../model/object.ts'
import { memo } from '../plain/memo.ts'

function split(pointer: JsonPointer): readonly string[] {
  const segments = pointer.split('/').slice(1)
  return pointer.includes('~') ? segments.map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~')) : segments
}

/** A pointer's unescaped segments; `''` has none (RFC 6901). */
export const segmentsOf: (pointer: JsonPointer) => readonly string[] = memo(split)

/** One segment as it stands in a pointer. */
export function escapeSegment(segment: string | number): string {
  const text = String(segment)
  if (!text.includes('/') && !text.includes('~')) return text
  return text.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The pointer with unescaped segments appended. */
export function join(pointer: JsonPointer, ...segments: readonly (string | number)[]): JsonPointer {
  let joined = pointer
  for (const segment of segments) joined += `/${escapeSegment(segment)}`
  return joined
}

/** One step down; only own properties and array indices count, so that `constructor` finds nothing. */
export function child(value: unknown, segment: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9][0-9]*)$/.test(segment) ? (value[Number(segment)] as unknown) : undefined
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined
  return (value as Record<string, unknown>)[segment]
}

/** The value there, or undefined. */
export function valueAt(root: unknown, pointer: JsonPointer): unknown {
  let value = root
  for (const segment of segmentsOf(pointer)) value = child(value, segment)
  return value
}

/** The pointer itself if something is there, else its deepest parent that exists. */
export function deepestExisting(root: unknown, pointer: JsonPointer): JsonPointer {
  let value = root
  let existing = ''
  for (const segment of segmentsOf(pointer)) {
    value = child(value, segment)
    if (value === undefined) return existing
    existing = join(existing, segment)
  }
  return existing
}

/** The pointer as people write it: `spec.template.spec.containers[0]`, `metadata.annotations["a/b"]`. */
export function dotted(pointer: JsonPointer): string {
  let text = ''
  for (const segment of segmentsOf(pointer)) {
    if (/^[0-9]+$/.test(segment)) text += `[${segment}]`
    else if (/^[A-Za-z_][\w-]*$/.test(segment)) text += text === '' ? segment : `.${segment}`
    else text += `[${JSON.stringify(segment)}]`
  }
  return text
}
