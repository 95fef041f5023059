import { child, segmentsOf } from '../kube/pointer.ts'
import type { JsonPointer, KubeObject, ManagedFields } from '../model/object.ts'
import { once } from '../plain/once.ts'
import { parseJson } from '../plain/parse-json.ts'

interface KeyedFields {
  readonly wanted: readonly (readonly [name: string, value: unknown])[]
  readonly owned: unknown
}

/** By the first value that each key wants, parsed once for all items of a list: long lists are asked for item by item. */
const keyedFields = once((fields: object): ReadonlyMap<unknown, readonly KeyedFields[]> => {
  const byFirst = new Map<unknown, KeyedFields[]>()
  for (const [key, owned] of Object.entries(fields) as [string, unknown][]) {
    const wanted = key.startsWith('k:') ? Object.entries(parseJson(key.slice(2)) ?? {}) : []
    const [first] = wanted
    if (first === undefined) continue
    const same = byFirst.get(first[1]) ?? []
    same.push({ wanted, owned })
    byFirst.set(first[1], same)
  }
  return byFirst
})

function keyedItem(fields: object, item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return undefined
  const byFirst = keyedFields(fields)
  const candidates = Object.values(item).flatMap((value) => byFirst.get(value) ?? [])
  return candidates.find(({ wanted }) => wanted.every(([name, value]) => child(item, name) === value))?.owned
}

/**
 * Whether the entry of managedFields has the field; walks structured-merge-diff's FieldsV1 (`f:name`, `k:{"name":"web"}`) beside the
 * object. A list without keys, as in many custom resources, is owned as a whole.
 */
export function ownsField({ fieldsV1 }: ManagedFields, object: KubeObject, path: JsonPointer): boolean {
  let owned: unknown = fieldsV1
  let value: unknown = object
  for (const segment of segmentsOf(path)) {
    if (typeof owned !== 'object' || owned === null) return false
    const next = child(value, segment)
    if (Array.isArray(value) && Object.keys(owned).length === 0) return true
    owned = Array.isArray(value) ? keyedItem(owned, next) : child(owned, `f:${segment}`)
    value = next
  }
  return owned !== undefined
}

const applying = once((entries: readonly ManagedFields[]) =>
  entries.filter(({ operation, subresource }) => operation === 'Apply' && !subresource),
)

/** The entries of server-side apply. */
export function appliesOf({ metadata: { managedFields } }: KubeObject): readonly ManagedFields[] {
  return managedFields ? applying(managedFields) : []
}
