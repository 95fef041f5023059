import { isEqual } from '../kube/equal.ts'
import { child, join, segmentsOf, valueAt } from '../kube/pointer.ts'
import type { Json, JsonPointer, KubeObject } from '../model/object.ts'
import { parseJson } from '../plain/parse-json.ts'
import { appliesOf, ownsField } from './managed-fields.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Whether a person, not the API server's defaulting, chose what stands at the pointer. Nothing there: nobody chose. */
export type Wrote = (path: JsonPointer) => boolean

export interface Authorship {
  readonly wrote: Wrote
  /** Whether a manifest or a field manager applies what stands there: it comes back with the next apply. In a file all is applied. */
  readonly isApplied: Wrote
  /** Whether it is known that nobody wrote what stands at the pointer, or would stand there: that there is no sign of an author is not enough. */
  readonly omitted: Wrote
  /** Whether it is known of what stands there that no request brought it, and that it is no default: a webhook filled it in. */
  readonly isFilledIn: Wrote
}

/** What the API server writes where nobody does; undefined for nothing. */
export type DefaultAt = (path: JsonPointer) => Json | undefined

/** Null is what an empty value becomes, and as good as absent. */
function hasValue(root: unknown, path: JsonPointer): boolean {
  return (valueAt(root, path) ?? null) !== null
}

/** The item of the manifest that has this one's name: others may have put theirs before it. */
function namesake(items: unknown, item: unknown): unknown {
  const name = child(item, 'name')
  return Array.isArray(items) ? items.find((each) => child(each, 'name') === name) : undefined
}

/** What the manifest has where the pointer leads to in the object. */
function valueBeside(manifest: unknown, object: KubeObject, path: JsonPointer): unknown {
  let noted = manifest
  let value: unknown = object
  for (const segment of segmentsOf(path)) {
    const next = child(value, segment)
    const isNamed = Array.isArray(value) && child(next, 'name') !== undefined
    noted = isNamed ? namesake(noted, next) : child(noted, segment)
    value = next
  }
  return noted ?? undefined
}

/**
 * Whether nobody is on record for the field, as the API server notes what a request brings before webhooks are asked. The record is
 * whole if somebody is on it for the selector. Who applies a manifest is on it for the defaults of the fields that the manifest lacks.
 */
function isNobodys(object: KubeObject, path: JsonPointer, hasManifest: boolean): boolean {
  const entries = object.metadata.managedFields ?? []
  const ownersOf = (field: JsonPointer) => entries.filter((entry) => ownsField(entry, object, field))
  const appliers = hasManifest ? ownersOf(join('/metadata/annotations', lastApplied)) : []
  return ownersOf('/spec/selector').length > 0 && ownersOf(path).every((entry) => appliers.includes(entry))
}

/**
 * Who chose a field of an object whose defaults are filled in: its authors if `last-applied-configuration` has it as it is, if an
 * `Apply` entry of managedFields has it, or if its value differs from the default; entries of other operations list defaults too.
 * A default was left to the API server if a whole manifest, which always has the selector, was applied without the field.
 */
function defaultedAuthorship(object: KubeObject, defaultAt: DefaultAt): Authorship {
  let manifest: unknown
  let isParsed = false
  const inManifest = (path: JsonPointer): unknown => {
    if (!isParsed) manifest = parseJson(object.metadata.annotations?.[lastApplied])
    isParsed = true
    return valueBeside(manifest, object, path)
  }
  const isOwned: Wrote = (path) => appliesOf(object).some((entry) => ownsField(entry, object, path))
  const wrote: Wrote = (path) => {
    const value = valueAt(object, path) ?? undefined
    if (value === undefined) return false
    // A manifest with another value is of before: this one is what the API server put where somebody took that away.
    return !isEqual(value, defaultAt(path)) || isEqual(value, inManifest(path)) || isOwned(path)
  }
  const isApplied: Wrote = (path) => inManifest(path) !== undefined || isOwned(path)
  const hasManifest = () => inManifest('/spec/selector') !== undefined
  return {
    wrote,
    isApplied,
    omitted: (path) => !hasValue(object, path) || (isApplied('/spec/selector') && !wrote(path)),
    isFilledIn: (path) => wrote(path) && !isApplied(path) && isNobodys(object, path, hasManifest()),
  }
}

/** In a file, what stands there was written; where the API server fills in defaults, see `defaultedAuthorship`. */
export function authorshipOf(object: KubeObject, defaultAt: DefaultAt, defaulted: boolean): Authorship {
  if (defaulted) return defaultedAuthorship(object, defaultAt)
  const wrote: Wrote = (path) => hasValue(object, path)
  return { wrote, isApplied: wrote, omitted: (path) => !wrote(path), isFilledIn: () => false }
}

/**
 * Whether this write applies the field: its manifest is another than the one last applied, or an `Apply` entry of managedFields is
 * new or of another time. What others applied earlier stays on both records through every later write, by whomever.
 */
export function isAppliedBetween(before: KubeObject, after: KubeObject, path: JsonPointer): boolean {
  const manifest = after.metadata.annotations?.[lastApplied]
  if (manifest !== before.metadata.annotations?.[lastApplied] && hasValue(parseJson(manifest), path)) return true
  const earlier = appliesOf(before)
  return appliesOf(after).some((entry) => {
    const stayed = earlier.some(({ manager, time }) => entry.manager === manager && entry.time === time)
    return !stayed && ownsField(entry, after, path)
  })
}
