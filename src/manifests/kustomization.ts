import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isObject } from '../kube/is-object.ts'
import type { Json, JsonObject, JsonPointer } from '../model/object.ts'
import { readDocuments, type YamlDocument } from './parse-yaml.ts'
import { readFile } from './read-text.ts'

/** kustomize looks for these, in this order (kustomize, konfig/general.go). */
const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** Fields that make of resources something else than their files say. */
const CHANGES = [
  ...['patches', 'patchesStrategicMerge', 'patchesJson6902', 'replicas', 'components', 'replacements'],
  ...['transformers', 'helmCharts', 'helmChartInflationGenerator'],
]

/** A part of an object that a kustomization lays over others: in a file of its own, or in the kustomization itself. */
export interface KustomizePatch {
  /** Where the kustomization names it, or writes it. */
  readonly at: JsonPointer
  /** What says which objects it is for, unless its own names do. */
  readonly target: JsonObject
  readonly path?: string
  readonly inline?: string
}

/** A kustomization file that could be read. */
export interface Kustomization {
  readonly file: string
  readonly text: string
  readonly document: YamlDocument
  /** In the order in which they are laid over the resources. */
  readonly patches: readonly KustomizePatch[]
  /** Builds on its own, and to something else than its files say. */
  readonly isOverlay: boolean
  /** Files that are no objects of their own: patches, and what configures kustomize. */
  readonly parts: readonly string[]
}

export function kustomizationIn(directory: string): Kustomization | undefined {
  const name = NAMES.find((name) => existsSync(join(directory, name)))
  return name === undefined ? undefined : readKustomization(join(directory, name))
}

/** The folder of the kustomization, beside a file or one further out, that reads the file as a part of objects. */
export function overlayAround(file: string): string | undefined {
  const folder = dirname(file)
  return [folder, join(folder, '..')].find((one) => kustomizationIn(one)?.parts.includes(resolve(file)))
}

export function isKustomization(name: string): boolean {
  return NAMES.includes(name)
}

/** Undefined where the file cannot be read as one: whoever reads it as a manifest will say why. */
export function readKustomization(file: string): Kustomization | undefined {
  const read = readFile(file)
  if ('error' in read) return undefined
  const { text } = read
  const [document] = readDocuments(text, file).documents
  if (document === undefined || !isObject(document.value)) return undefined
  const { value } = document
  const patches = ['patchesStrategicMerge', 'patchesJson6902', 'patches'].flatMap((field) =>
    listIn(value, field).flatMap((entry, index) => patchOf(entry, `/${field}/${index}`)),
  )
  const isOverlay = value['kind'] !== 'Component' && CHANGES.some((field) => listIn(value, field).length > 0)
  const other = ['configurations', 'transformers', 'generators', 'validators', 'crds'].flatMap((field) =>
    listIn(value, field),
  )
  const sources = [...listIn(value, 'replacements'), ...listIn(value, 'helmCharts'), value['openapi'] ?? null]
  const named = sources.flatMap((entry) => (isObject(entry) ? [entry['path'], entry['valuesFile']] : []))
  const parts = [...patches.map(({ path }) => path), ...other, ...named].filter((path) => typeof path === 'string')
  return { file, text, document, patches, isOverlay, parts: parts.map((path) => resolve(dirname(file), path)) }
}

export function listIn(value: Json, field: string): readonly Json[] {
  const list = isObject(value) ? value[field] : undefined
  return Array.isArray(list) ? (list as readonly Json[]) : []
}

/** Patches are objects with `path` or `patch`; `patchesStrategicMerge` has paths and texts themselves. */
function patchOf(entry: Json, at: string): KustomizePatch[] {
  if (typeof entry === 'string') {
    return [{ at, target: {}, ...(entry.includes('\n') ? { inline: entry } : { path: entry }) }]
  }
  if (!isObject(entry)) return []
  const { path, patch } = entry
  const target = isObject(entry['target']) ? entry['target'] : {}
  if (typeof path === 'string') return [{ at, target, path }]
  return typeof patch === 'string' ? [{ at: `${at}/patch`, target, inline: patch }] : []
}
