import { isObject } from '../../kube/is-object.ts'
import { child, join, segmentsOf, valueAt } from '../../kube/pointer.ts'
import type { Json, JsonObject, JsonPointer, KubeObject } from '../../model/object.ts'
import { listIn } from '../kustomization.ts'
import type { Position } from '../manifest.ts'

/** A text that has a share in a built object: its base, a patch. */
export interface Layer {
  readonly value: Json
  readonly positionOf: (pointer: JsonPointer) => Position
}

/** Where a layer writes a field or, if it does not, its deepest parent that is written there. */
interface Hit {
  readonly position: Position
  readonly isWhole: boolean
  readonly value: unknown
}

/**
 * Where the field of a built object comes from: a value from the last layer that writes it so, anything else from the base or a patch;
 * for what nobody writes its deepest parent in the base. Undefined for a value that the base has otherwise and no patch writes. The
 * patches are given in the order in which they are laid over the base.
 */
export function positionInLayers(
  object: KubeObject,
  pointer: JsonPointer,
  { base, patches }: { readonly base: Layer; readonly patches: readonly Layer[] },
): Position | undefined {
  const value = valueAt(object, pointer)
  const inBase = hitIn(base, object, pointer)
  const inPatches = patches.toReversed().map((patch) => hitIn(patch, object, pointer))
  const whole = [...inPatches, inBase].filter((hit) => hit.isWhole)
  const isValue = typeof value !== 'object' || value === null
  const writer = isValue ? whole.find((hit) => hit.value === value) : whole.at(-1)
  return writer === undefined && inBase.isWhole ? undefined : (writer ?? inBase).position
}

function hitIn(layer: Layer, object: KubeObject, pointer: JsonPointer): Hit {
  return Array.isArray(layer.value) ? operationHit(layer, pointer) : mergeHit(layer, object, pointer)
}

/** Of a JSON patch the last operation that writes the field. */
function operationHit({ value: operations, positionOf }: Layer, pointer: JsonPointer): Hit {
  for (const [index, operation] of [...(operations as readonly Json[]).entries()].toReversed()) {
    const { path, value } = isObject(operation) ? operation : ({} as JsonObject)
    if (typeof path !== 'string' || !(pointer === path || pointer.startsWith(`${path}/`))) continue
    const rest = pointer.slice(path.length)
    const found = valueAt(value, rest)
    if (found !== undefined) return { position: positionOf(`/${index}/value${rest}`), isWhole: true, value: found }
  }
  return { position: positionOf(''), isWhole: false, value: undefined }
}

/** In an object, or a part of one, lists are in an order of their own: their items are known by name. */
function mergeHit({ value: root, positionOf }: Layer, object: KubeObject, pointer: JsonPointer): Hit {
  let here: unknown = root
  let built: unknown = object
  let path = ''
  for (const segment of segmentsOf(pointer)) {
    const name = Array.isArray(built) ? child(child(built, segment), 'name') : undefined
    const step = Array.isArray(here) && name !== undefined ? indexOfNamed(here, name) : segment
    const next = child(here, step)
    if (next === undefined) return { position: positionOf(path), isWhole: false, value: undefined }
    here = next
    built = child(built, segment)
    path = join(path, step)
  }
  return { position: positionOf(path), isWhole: true, value: here }
}

function indexOfNamed(list: readonly unknown[], name: unknown): string {
  return String(list.findIndex((item) => child(item, 'name') === name))
}

/** What `images` and `replicas` of a kustomization set, as the JSON patch that they amount to. */
export function transformersAsPatch({ value, positionOf }: Layer, object: KubeObject, pointer: JsonPointer): Layer {
  const written = valueAt(object, pointer)
  const fields = [
    ...listIn(value, 'images').flatMap((entry, i) => (setsImage(entry, pointer, written) ? [`/images/${i}`] : [])),
    ...listIn(value, 'replicas').flatMap((entry, i) =>
      setsReplicas(entry, pointer, object) ? [`/replicas/${i}/count`] : [],
    ),
  ]
  return {
    value: fields.map(() => ({ path: pointer, value: written as Json })),
    positionOf: (at) => positionOf(fields[Number(segmentsOf(at)[0])] ?? ''),
  }
}

function setsImage(entry: Json, pointer: JsonPointer, image: unknown): boolean {
  if (!isObject(entry) || !pointer.endsWith('/image') || typeof image !== 'string') return false
  const name = entry['newName'] ?? entry['name']
  return typeof name === 'string' && image.startsWith(name) && /^(?:[:@]|$)/.test(image.slice(name.length))
}

function setsReplicas(entry: Json, pointer: JsonPointer, object: KubeObject): boolean {
  if (!isObject(entry) || pointer !== '/spec/replicas' || typeof entry['name'] !== 'string') return false
  return entry['count'] === valueAt(object, pointer) && (object.metadata.name ?? '').includes(entry['name'])
}
