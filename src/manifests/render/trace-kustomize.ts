import { dirname, join } from 'node:path'
import { isObject } from '../../kube/is-object.ts'
import type { JsonObject, JsonPointer, KubeObject } from '../../model/object.ts'
import { type Kustomization, type KustomizePatch, readKustomization } from '../kustomization.ts'
import type { KustomizeOrigin } from '../kustomize-origin.ts'
import type { Manifest, Position } from '../manifest.ts'
import { readDocuments } from '../parse-yaml.ts'
import { readFile } from '../read-text.ts'
import { type Layer, positionInLayers, transformersAsPatch } from './layers.ts'

/**
 * Where a built object's fields are written, or undefined where its base is not in the files. `at` makes a path of the origin one
 * from the working directory; `otherwise` places a value that none of the files known writes (default: where the base has another).
 */
export function traceKustomize(
  object: KubeObject,
  { path, configuredIn }: KustomizeOrigin,
  at: (path: string) => string,
  otherwise?: Manifest['positionOf'],
): Manifest['positionOf'] | undefined {
  const base = documentsOf(at(path)).findLast(({ value }) => isSame(value, object, {}))
  if (base === undefined) return undefined
  const kustomizations = configuredIn.map((file) => readKustomization(at(file))).filter((one) => one !== undefined)
  const patches = kustomizations.flatMap((one) => patchLayers(one, object))
  return (pointer: JsonPointer): Position => {
    const settings = kustomizations.map(({ document }) => transformersAsPatch(document, object, pointer))
    const layers = { base, patches: [...patches, ...settings] }
    return positionInLayers(object, pointer, layers) ?? (otherwise ?? base.positionOf)(pointer)
  }
}

function documentsOf(file: string): readonly Layer[] {
  const read = readFile(file)
  return 'text' in read ? readDocuments(read.text, file).documents : []
}

/** A built name may have got a prefix and a suffix. */
function isSame(value: Layer['value'], object: KubeObject, target: JsonObject): boolean {
  if (Array.isArray(value)) return isMeant(target['kind'], target['name'], object)
  if (!isObject(value)) return false
  const { kind, metadata } = value
  const name = isObject(metadata) ? metadata['name'] : undefined
  return isMeant(target['kind'] ?? kind, target['name'] ?? (Object.keys(target).length > 0 ? undefined : name), object)
}

function isMeant(kind: unknown, name: unknown, object: KubeObject): boolean {
  if (kind !== undefined && kind !== object.kind) return false
  // A target's name is an expression; where it is one, equal values have to tell.
  return typeof name !== 'string' || !/^[\w.-]+$/.test(name) || (object.metadata.name ?? '').includes(name)
}

function patchLayers(kustomization: Kustomization, object: KubeObject): Layer[] {
  return kustomization.patches.flatMap((patch) => {
    const layers =
      patch.path === undefined
        ? inlineLayers(kustomization, patch)
        : documentsOf(join(dirname(kustomization.file), patch.path))
    return layers.filter(({ value }) => isSame(value, object, patch.target))
  })
}

/** Positions of a patch that stands in the kustomization itself: in a block scalar every line is a line. */
function inlineLayers({ text, document }: Kustomization, { at, inline = '' }: KustomizePatch): Layer[] {
  const start = document.positionOf(at)
  const lines = text.split('\n')
  const isBlock = /\|[-+]?\s*$/.test(lines[start.line - 1] ?? '')
  const indent = /^ */.exec(lines[start.line] ?? '')?.[0].length ?? 0
  return readDocuments(inline, '').documents.map(({ value, positionOf }) => ({
    value,
    positionOf: (pointer) => {
      const { line, column } = positionOf(pointer)
      return isBlock ? { ...start, line: start.line + line, column: column + indent } : start
    },
  }))
}
