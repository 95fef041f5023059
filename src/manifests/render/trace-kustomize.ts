import { dirname, join } from 'node:path'
import type { Json, JsonObject, JsonPointer, KubeObject } from '../../model/object.ts'
import { isObject } from '../complaint.ts'
import { type Kustomization, type KustomizePatch, listIn, readKustomization } from '../kustomization.ts'
import type { Manifest, Position } from '../manifest.ts'
import { readDocuments } from '../parse-yaml.ts'
import { readFile } from '../read-text.ts'
import { type Layer, positionInLayers, transformersAsPatch } from './layers.ts'

/** Annotations that `buildMetadata` makes kustomize write (kustomize, resource/origin.go); paths are relative to what was built. */
const ORIGIN = 'config.kubernetes.io/origin'
const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations'

/** What kustomize says of a built object: the file it began in, and the kustomizations that changed it, in their order. */
export interface KustomizeOrigin {
  readonly path: string
  readonly configuredIn: readonly string[]
}

/** Undefined where nothing is said, or it began nowhere: in a generator, or in a repository far away. */
export function kustomizeOrigin({ metadata: { annotations } }: KubeObject): KustomizeOrigin | undefined {
  const origin = parsed(annotations?.[ORIGIN])
  if (!isObject(origin) || typeof origin['path'] !== 'string' || origin['repo'] !== undefined) return undefined
  const steps = listIn({ steps: parsed(annotations?.[TRANSFORMATIONS]) }, 'steps')
  const files = steps.map((step) => (isObject(step) ? step['configuredIn'] : undefined))
  return { path: origin['path'], configuredIn: [...new Set(files.filter((file) => typeof file === 'string'))] }
}

function parsed(text = ''): Json {
  return readDocuments(text, '').documents[0]?.value ?? null
}

/** The object without what kustomize says of it. */
export function withoutOrigin(object: KubeObject): KubeObject {
  const { [ORIGIN]: origin, [TRANSFORMATIONS]: steps, ...annotations } = object.metadata.annotations ?? {}
  if (origin === undefined && steps === undefined) return object
  const { annotations: _, ...metadata } = object.metadata
  return { ...object, metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations } }
}

/**
 * Where a built object's fields are written, or undefined where its base is not in the files. `at` makes a path of the origin one
 * from the working directory.
 */
export function traceKustomize(
  { object }: Manifest,
  { path, configuredIn }: KustomizeOrigin,
  at: (path: string) => string,
): Manifest['positionOf'] | undefined {
  const base = documentsOf(at(path)).findLast(({ value }) => isSame(value, object, {}))
  if (base === undefined) return undefined
  const kustomizations = configuredIn.map((file) => readKustomization(at(file))).filter((one) => one !== undefined)
  const patches = kustomizations.flatMap((one) => patchLayers(one, object))
  return (pointer: JsonPointer): Position => {
    const settings = kustomizations.map(({ document }) => transformersAsPatch(document, object, pointer))
    return positionInLayers(object, pointer, { base, patches: [...patches, ...settings] })
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
    const layers = patch.path === undefined ? inlineLayers(kustomization, patch) : documentsOf(join(dirname(kustomization.file), patch.path))
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
