import { groupKindOf } from '../../kube/group-kind.ts'
import { resources } from '../../kube/resources.ts'
import { viewOf } from '../../kube/view-of.ts'
import type { Manifest, Unrendered } from '../../manifests/manifest.ts'
import type { ClusterView } from '../../model/cluster-view.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Policy } from '../../model/policy.ts'
import type { World } from '../../model/world.ts'
import type { ReportError } from '../../report/check-report.ts'
import { UsageError } from '../exit-code.ts'
import { isJudged, shapeComplaint } from '../judge.ts'
import type { InputOptions } from '../option-groups.ts'
import { complain } from '../output.ts'
import { readSources, type Sources, unrenderedText } from './read-sources.ts'

/** All manifests of a run: together they are the world that each of them is judged in. */
export interface FileWorld {
  readonly manifests: readonly Manifest[]
  readonly errors: readonly ReportError[]
  readonly unrendered: readonly Unrendered[]
  /** How many objects were passed over, since nobody looks at their kinds. */
  readonly bystanders: number
  /** What people should know of what was read, and of what was not. */
  readonly notes: readonly string[]
  readonly world: World
  /** What other objects in place of these would say of each other. */
  readonly viewOf: (objects: readonly KubeObject[]) => ClusterView
}

function inNamespace(manifest: Manifest, namespace: string | undefined): Manifest {
  const { object } = manifest
  const isNamespaced = resources[groupKindOf(object)]?.scope === 'namespace'
  if (namespace === undefined || object.metadata.namespace !== undefined || !isNamespaced) return manifest
  return {
    ...manifest,
    lacksNamespace: true,
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

/** Reads all that the command line names; what cannot be read is an error, the rest goes on. `texts` is as for readManifests. */
export async function readWorld(
  paths: readonly string[],
  policies: readonly Policy[],
  options: InputOptions,
  texts?: Map<string, string>,
): Promise<FileWorld> {
  const read = await readSources(paths, options, texts)
  if (options.allowEmpty !== true) refuseNothing(read)
  return fileWorldOf(read, policies, options)
}

/**
 * What was read, as the world that each object is judged in; what has values of wrong types is an error. While a chart or a kustomization
 * is not rendered, the files are not the whole world, whatever `--complete` says.
 */
export function fileWorldOf(read: Sources, policies: readonly Policy[], options: InputOptions): FileWorld {
  const { unrendered, bystanders } = read
  const errors = read.errors.filter((error) => !isEmpty(error))
  const all = read.manifests.map((manifest) => inNamespace(manifest, options.namespace))
  const shapes = all.map(shapeErrorOf)
  const manifests = all.filter((_, i) => shapes[i] === undefined)
  const everything = options.complete === true && unrendered.length === 0
  const view = (objects: readonly KubeObject[]) => viewOf(objects, { everything })
  const ours = view(manifests.map(({ object }) => object))
  const world: World = { policies, view: ours, now: Date.now(), defaulted: false }
  const notes = [...read.notes, ...unrendered.map(unrenderedText)]
  if (options.complete && unrendered.length > 0) notes.push('--complete is not followed: nobody knows what these hold')
  const wrong = [...errors, ...shapes.filter((error) => error !== undefined)]
  return { manifests, errors: wrong, unrendered, bystanders, notes, world, viewOf: view }
}

function isEmpty({ code }: ReportError): boolean {
  return code === 'EVENKEEL_DIRECTORY_EMPTY'
}

/**
 * A directory without manifests is refused whatever stands beside it: theirs may have moved, and the check would be green for ever.
 * Templates alone are nothing to check, and neither are objects of kinds that no rule judges beside them.
 */
function refuseNothing({ manifests, bystanders, errors, unrendered }: Sources): void {
  const empty = errors.filter(isEmpty)
  if (empty.length > 0)
    throw new UsageError(
      empty.map(({ file, message }) => `${file}: ${message} (--allow-empty if that is fine)`),
      'EVENKEEL_DIRECTORY_EMPTY',
    )
  const isSomething =
    unrendered.length > 0 ? manifests.some(({ object }) => isJudged(object)) : manifests.length + bystanders > 0
  if (isSomething || errors.length > 0) return
  complain(...unrendered.map(unrenderedText))
  throw new UsageError('nothing to check: no Kubernetes object in what was given (--allow-empty if that is fine)')
}
