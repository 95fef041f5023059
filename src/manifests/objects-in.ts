import { basename } from 'node:path'
import { isObject } from '../kube/is-object.ts'
import { join } from '../kube/pointer.ts'
import type { Json, JsonObject, JsonPointer, KubeObject } from '../model/object.ts'
import { complaintAbout } from './complaint.ts'
import { isForTools } from './for-tools.ts'
import { kustomizeOrigin } from './kustomize-origin.ts'
import type { InputError, Manifest } from './manifest.ts'
import type { YamlDocument } from './parse-yaml.ts'

/** What one document holds: nothing, if it is none that the API server would know. */
export interface DocumentObjects {
  readonly manifests: readonly Manifest[]
  readonly errors: readonly InputError[]
}

interface Item {
  readonly value: Json
  readonly base: JsonPointer
}

/** The document's object, or those of a List, nested ones too. */
export function objectsIn(document: YamlDocument, file: string): DocumentObjects {
  const manifests: Manifest[] = []
  const errors: InputError[] = []
  if (isNoObject(document.value, file)) return { manifests, errors }
  for (const item of itemsOf({ value: document.value, base: '' })) {
    const complaint = complaintAbout(item.value)
    if (complaint === undefined) manifests.push(manifestOf(item, document, file))
    else {
      const at = item.base + complaint.at
      const place = { ...document.positionOf(at), quote: document.quoteOf(at) }
      errors.push({ code: 'EVENKEEL_OBJECT_INVALID', message: complaint.message, ...place })
    }
  }
  return { manifests, errors }
}

/** Values files, JSON patches, what charts and kustomizations say of themselves, and our own policies, reports and baselines. */
function isNoObject(value: Json, file: string): boolean {
  if (!isObject(value)) return Array.isArray(value)
  const { apiVersion, kind } = value
  if (kind === undefined) return apiVersion === undefined || basename(file) === 'Chart.yaml'
  if (typeof apiVersion !== 'string') return false
  return isForTools(apiVersion)
}

/** Whatever its kind, what has `items` is a list to kubectl (apimachinery, unstructured/helpers.go). */
function* itemsOf(item: Item): Generator<Item> {
  const { value, base } = item
  const items = isObject(value) ? value['items'] : undefined
  if (!Array.isArray(items)) {
    yield item
    return
  }
  for (const [index, child] of (items as readonly Json[]).entries()) {
    yield* itemsOf({ value: inheriting(child, value as JsonObject), base: join(base, 'items', index) })
  }
}

/** An API server's lists name the kind of their items only once, in their own: `DeploymentList`. */
function inheriting(value: Json, { apiVersion = null, kind }: JsonObject): Json {
  if (!isObject(value) || value['apiVersion'] || value['kind'] || typeof kind !== 'string' || kind === 'List')
    return value
  return { ...value, apiVersion, kind: kind.replace(/List$/, '') }
}

function manifestOf({ value, base }: Item, document: YamlDocument, file: string): Manifest {
  const positionOf: Manifest['positionOf'] = (pointer) => document.positionOf(base + pointer)
  const quoteOf: Manifest['quoteOf'] = (pointer) => document.quoteOf(base + pointer)
  const object = value as unknown as KubeObject
  const source = {
    file,
    document: document.index,
    base,
    get line() {
      return base === '' ? document.line : positionOf('').line
    },
    get origin() {
      const origin = document.template ?? kustomizeOrigin(object)?.path
      return origin === undefined ? undefined : { file: origin }
    },
  }
  return { object, source, positionOf, quoteOf, isStillIn: document.isStillIn }
}
