import { viewOf } from '../kube/view-of.ts'
import { type Manifest } from '../manifests/manifest.ts'
import { readManifests } from '../manifests/read-manifests.ts'
import type { Policy } from '../model/policy.ts'
import type { World } from '../model/world.ts'
import type { ReportError } from '../report/check-report.ts'
import { UsageError } from './exit-code.ts'
import { shapeComplaint } from './judge.ts'

/** What `check` and `fix` are given on the command line. */
export interface InputOptions {
  readonly namespace?: string
  readonly complete?: boolean
  readonly allowEmpty?: boolean
}

/** All manifests of a run: together they are the world that each of them is judged in. */
export interface FileWorld {
  readonly manifests: readonly Manifest[]
  readonly errors: readonly ReportError[]
  readonly world: World
}

const clusterScoped = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
])

function inNamespace(manifest: Manifest, namespace: string | undefined): Manifest {
  const { object } = manifest
  if (namespace === undefined || object.metadata.namespace !== undefined || clusterScoped.has(object.kind))
    return manifest
  return {
    ...manifest,
    positionOf: (path) => manifest.positionOf(path),
    object: { ...object, metadata: { ...object.metadata, namespace } },
  }
}

function shapeErrorOf(manifest: Manifest): ReportError | undefined {
  const complaint = shapeComplaint(manifest.object)
  if (complaint === undefined) return undefined
  const { path, ...error } = complaint
  return { ...error, ...manifest.positionOf(path), quote: manifest.quoteOf(path) }
}

/** Reads files, directories and `-` (stdin); what cannot be read or has values of wrong types is an error, the rest goes on. */
export async function readWorld(
  paths: readonly string[],
  policies: readonly Policy[],
  options: InputOptions,
): Promise<FileWorld> {
  const read = await readManifests(paths.length > 0 ? paths : ['.'])
  const isEmpty = ({ code }: ReportError) => code === 'EVENKEEL_DIRECTORY_EMPTY'
  const errors = read.errors.filter((error) => !isEmpty(error))
  if (read.manifests.length === 0 && errors.length === 0 && options.allowEmpty !== true) {
    const empty = read.errors.filter(isEmpty).map(({ file, message }) => `${file}: ${message}`)
    throw new UsageError(
      ...empty,
      'nothing to check: no Kubernetes object in what was given (--allow-empty if that is fine)',
    )
  }
  const all = read.manifests.map((manifest) => inNamespace(manifest, options.namespace))
  const shapes = all.map(shapeErrorOf)
  const manifests = all.filter((_, i) => shapes[i] === undefined)
  const view = viewOf(
    manifests.map(({ object }) => object),
    { everything: options.complete === true },
  )
  const world: World = { policies, view, now: Date.now(), defaulted: false }
  return { manifests, errors: [...errors, ...shapes.filter((error) => error !== undefined)], world }
}
