import { isObject } from '../kube/is-object.ts'
import type { Json, KubeObject } from '../model/object.ts'
import { readDocuments } from './parse-yaml.ts'

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
  const text = annotations?.[ORIGIN]
  if (text === undefined) return undefined
  const origin = parsed(text)
  if (!isObject(origin) || typeof origin['path'] !== 'string' || origin['repo'] !== undefined) return undefined
  const steps = parsed(annotations?.[TRANSFORMATIONS] ?? '')
  const files = (Array.isArray(steps) ? (steps as readonly Json[]) : []).map((step) =>
    isObject(step) ? step['configuredIn'] : undefined,
  )
  const configuredIn = [...new Set(files.filter((file) => typeof file === 'string').map(portable))]
  return { path: portable(origin['path']), configuredIn }
}

/** kustomize writes the paths of its own platform; they may be read on another. */
function portable(path: string): string {
  return path.replaceAll('\\', '/')
}

function parsed(text: string): Json {
  return readDocuments(text, '').documents[0]?.value ?? null
}

/** The object without what kustomize says of it. */
export function withoutOrigin(object: KubeObject): KubeObject {
  const { [ORIGIN]: origin, [TRANSFORMATIONS]: steps, ...annotations } = object.metadata.annotations ?? {}
  if (origin === undefined && steps === undefined) return object
  const { metadata } = object
  // Where kustomize alone annotates, an empty map stays, which says the same as none.
  return { ...object, metadata: { ...metadata, annotations } }
}
