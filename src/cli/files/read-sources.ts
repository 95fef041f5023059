import { resolve } from 'node:path'
import type { InputError, Manifest, Unrendered } from '../../manifests/manifest.ts'
import { readManifests } from '../../manifests/read-manifests.ts'
import { UsageError } from '../exit-code.ts'
import { lookedAt } from '../kinds.ts'
import type { InputOptions } from '../option-groups.ts'
import { progressLine } from '../progress.ts'

/** Everything that a command line names, read. */
export interface Sources {
  readonly manifests: readonly Manifest[]
  /** How many objects there are of kinds that nobody looks at. */
  readonly bystanders: number
  readonly errors: readonly InputError[]
  /** What was come across and would take `--helm` or `--kustomize` to be judged. */
  readonly unrendered: readonly Unrendered[]
  /** What people should know of how it was read. */
  readonly notes: readonly string[]
}

/**
 * Files, directories and `-`, then charts, then kustomizations; where nothing is named, the working directory. `texts` is as for
 * readManifests: nothing that is rendered comes into it.
 */
export async function readSources(
  paths: readonly string[],
  options: InputOptions,
  texts?: Map<string, string>,
): Promise<Sources> {
  const { helm = [], values = [], kustomize = [] } = options
  if (values.length > 0 && helm.length === 0)
    throw new UsageError('--values FILE is for a chart: name it with --helm DIR')
  const isRendering = helm.length + kustomize.length > 0
  const progress = progressLine(options.quiet === true)
  const onFile = (file: string) => progress.show(`reading ${file}`)
  const read = await readManifests(paths.length > 0 || isRendering ? paths : ['.'], { texts, lookedAt, onFile })
  progress.end()
  const found = { ...read, manifests: await traced(read.manifests), notes: [] }
  if (!isRendering) return found
  const { readRenders } = await import('../../manifests/render/read-renders.ts')
  const renders = readRenders(options)
  // What is built or rendered is judged as such, and not a second time as its files show it.
  const done = new Set([...helm, ...kustomize].map((directory) => resolve(directory)))
  const files = new Set(renders.files)
  return {
    bystanders: read.bystanders,
    manifests: [...found.manifests.filter(({ source }) => !files.has(resolve(source.file))), ...renders.manifests],
    errors: [...read.errors, ...renders.errors],
    unrendered: read.unrendered.filter(({ directory }) => !done.has(resolve(directory))),
    notes: renders.notes,
  }
}

/** What Helm or Kustomize were asked to print on stdin is placed in their files, where those can be found. */
async function traced(manifests: readonly Manifest[]): Promise<readonly Manifest[]> {
  if (!manifests.some(isPiped)) return manifests
  const { tracePiped } = await import('../../manifests/render/trace-piped.ts')
  const trace = tracePiped()
  return manifests.map((manifest) => (isPiped(manifest) ? trace(manifest) : manifest))
}

function isPiped({ source }: Manifest): boolean {
  return source.file === 'stdin' && source.origin !== undefined
}

/** What to say of charts and kustomizations that were passed over. */
export function unrenderedText({ tool, directory }: Unrendered): string {
  return tool === 'helm'
    ? `chart ${directory} is not rendered, and its templates are not judged: --helm ${directory}`
    : `kustomization ${directory} is not built, and its patches are not judged: --kustomize ${directory}`
}
