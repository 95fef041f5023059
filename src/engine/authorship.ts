import { isEqual } from '../kube/equal.ts'
import { child, segmentsOf, valueAt } from '../kube/pointer.ts'
import type { Json, JsonPointer, KubeObject, ManagedFields } from '../model/object.ts'
import { once } from '../plain/once.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Whether a person, not the API server's defaulting, chose what stands at the pointer. Nothing there: nobody chose. */
export type Wrote = (path: JsonPointer) => boolean

export interface Authorship {
  readonly wrote: Wrote
  /** Whether a manifest or a field manager applies what stands there: it comes back with the next apply. In a file all is applied. */
  readonly isApplied: Wrote
  /** Whether it is known that nobody wrote what stands at the pointer, or would stand there: that there is no sign of an author is not enough. */
  readonly omitted: Wrote
}

/** What the API server writes where nobody does; undefined for nothing. */
export type DefaultAt = (path: JsonPointer) => Json | undefined

/** Null is what an empty value becomes, and as good as absent. */
function hasValue(root: unknown, path: JsonPointer): boolean {
  return (valueAt(root, path) ?? null) !== null
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return undefined
  }
}

interface KeyedFields {
  readonly wanted: readonly (readonly [name: string, value: unknown])[]
  readonly owned: unknown
}

/** By the first value that each key wants, parsed once for all items of a list: long lists are asked for item by item. */
const keyedFields = once((fields: object): ReadonlyMap<unknown, readonly KeyedFields[]> => {
  const byFirst = new Map<unknown, KeyedFields[]>()
  for (const [key, owned] of Object.entries(fields) as [string, unknown][]) {
    const wanted = key.startsWith('k:') ? Object.entries(parsed(key.slice(2)) ?? {}) : []
    const [first] = wanted
    if (first === undefined) continue
    const same = byFirst.get(first[1]) ?? []
    same.push({ wanted, owned })
    byFirst.set(first[1], same)
  }
  return byFirst
})

function keyedItem(fields: unknown, item: unknown): unknown {
  if (typeof fields !== 'object' || fields === null || typeof item !== 'object' || item === null) return undefined
  const byFirst = keyedFields(fields)
  const candidates = Object.values(item).flatMap((value) => byFirst.get(value) ?? [])
  return candidates.find(({ wanted }) => wanted.every(([name, value]) => child(item, name) === value))?.owned
}

/** Walks managedFields (structured-merge-diff's FieldsV1: `f:name`, `k:{"name":"web"}`) beside the object. */
function ownsField(fields: unknown, object: KubeObject, path: JsonPointer): boolean {
  let owned = fields
  let value: unknown = object
  for (const segment of segmentsOf(path)) {
    const next = child(value, segment)
    owned = Array.isArray(value) ? keyedItem(owned, next) : child(owned, `f:${segment}`)
    if (owned === undefined) return false
    value = next
  }
  return true
}

const applying = once((entries: readonly ManagedFields[]) =>
  entries.filter(({ operation, subresource }) => operation === 'Apply' && !subresource),
)

function appliesOf({ metadata: { managedFields } }: KubeObject): readonly ManagedFields[] {
  return managedFields ? applying(managedFields) : []
}

/**
 * Who chose a field of an object whose defaults are filled in: its authors if `last-applied-configuration` has it as it is, if an
 * `Apply` entry of managedFields has it, or if its value differs from the default; entries of other operations list defaults too and tell nothing.
 * A default was left to the API server if a whole manifest, which always has the selector, was applied without the field.
 */
function defaultedAuthorship(object: KubeObject, defaultAt: DefaultAt): Authorship {
  let manifest: unknown
  let isParsed = false
  const inManifest = (path: JsonPointer): unknown => {
    if (!isParsed) manifest = parsed(object.metadata.annotations?.[lastApplied])
    isParsed = true
    return valueAt(manifest, path) ?? undefined
  }
  const isOwned: Wrote = (path) => appliesOf(object).some(({ fieldsV1 }) => ownsField(fieldsV1, object, path))
  const wrote: Wrote = (path) => {
    const value = valueAt(object, path) ?? undefined
    if (value === undefined) return false
    // A manifest with another value is of before: this one is what the API server put where somebody took that away.
    return !isEqual(value, defaultAt(path)) || isEqual(value, inManifest(path)) || isOwned(path)
  }
  const isApplied: Wrote = (path) => inManifest(path) !== undefined || isOwned(path)
  return {
    wrote,
    isApplied,
    omitted: (path) => !hasValue(object, path) || (isApplied('/spec/selector') && !wrote(path)),
  }
}

/** In a file, what stands there was written; where the API server fills in defaults, see `defaultedAuthorship`. */
export function authorshipOf(object: KubeObject, defaultAt: DefaultAt, defaulted: boolean): Authorship {
  if (defaulted) return defaultedAuthorship(object, defaultAt)
  const wrote: Wrote = (path) => hasValue(object, path)
  return { wrote, isApplied: wrote, omitted: (path) => !wrote(path) }
}

/**
 * Whether this write applies the field: its manifest is another than the one last applied, or an `Apply` entry of managedFields is
 * new or of another time. What others applied earlier stays on both records through every later write, by whomever.
 */
export function isAppliedBetween(before: KubeObject, after: KubeObject, path: JsonPointer): boolean {
  const manifest = after.metadata.annotations?.[lastApplied]
  if (manifest !== before.metadata.annotations?.[lastApplied] && hasValue(parsed(manifest), path)) return true
  const earlier = appliesOf(before)
  return appliesOf(after).some(({ manager, time, fieldsV1 }) => {
    const stayed = earlier.some((entry) => entry.manager === manager && entry.time === time)
    return !stayed && ownsField(fieldsV1, after, path)
  })
}
