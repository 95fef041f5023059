import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { pathFrom } from '../../paths/shared-path.ts'
import { type Kustomization, kustomizationIn } from '../kustomization.ts'
import { kustomizeOrigin, withoutOrigin } from '../kustomize-origin.ts'
import type { Manifest, Position } from '../manifest.ts'
import { manifestsIn } from '../manifests-in.ts'
import { failed, type Render, traced } from './render.ts'
import { type Ran, runTool } from './run-tool.ts'
import { traceKustomize } from './trace-kustomize.ts'

const TOOLS = [
  ['kustomize', 'build'],
  ['kubectl', 'kustomize'],
] as const

/** `kustomize build` of a folder, or `kubectl kustomize` where kustomize is not installed. */
export function buildKustomization(directory: string): Render {
  const kustomization = kustomizationIn(directory)
  if (kustomization === undefined) return failed('holds no kustomization.yaml that can be read', { file: directory })
  const built = withOrigins(directory)
  if (built !== undefined) return builtRender(built, kustomization, directory)
  const ran = build(directory)
  if ('stdout' in ran) return builtRender({ ...ran, root: directory }, kustomization, directory)
  if ('isMissing' in ran)
    return failed(
      'neither kustomize nor kubectl is installed, or on the PATH: a kustomization takes one to be judged',
      { file: kustomization.file },
    )
  return failed(`${ran.tool}: ${ran.failure}`, placeIn(ran.failure, kustomization))
}

type Built = Ran & { readonly tool: string }

function build(directory: string): Built {
  const folder = directory.startsWith('-') ? `./${directory}` : directory
  for (const [program, command] of TOOLS) {
    const ran = runTool(program, [command, folder])
    if (!('isMissing' in ran)) return { ...ran, tool: `${program} ${command}` }
  }
  return { isMissing: true, tool: '' }
}

interface BuiltText {
  readonly stdout: string
  readonly tool: string
  /** The folder that the paths of origins begin in. */
  readonly root: string
}

/** Built by way of a kustomization of ours in a temporary folder, which asks for origins; undefined where that does not work. */
function withOrigins(directory: string): BuiltText | undefined {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'evenkeel-'))
  try {
    const resources = [pathFrom(root, realpathSync(directory))]
    const kustomization = { resources, buildMetadata: ['originAnnotations', 'transformerAnnotations'] }
    writeFileSync(join(root, 'kustomization.yaml'), JSON.stringify(kustomization))
    const built = build(root)
    return 'stdout' in built ? { ...built, root } : undefined
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function builtRender({ stdout, tool, root }: BuiltText, kustomization: Kustomization, directory: string): Render {
  const name = `${tool} ${directory}`
  const here = realpathSync('.')
  const at = (path: string): string =>
    isAbsolute(directory) ? resolve(root, path) : relative(here, resolve(root, path))
  const { manifests, errors } = manifestsIn(stdout, name)
  const files = new Set<string>()
  const place = (manifest: Manifest): Manifest => {
    const origin = kustomizeOrigin(manifest.object)
    if (origin !== undefined) files.add(resolve(at(origin.path)))
    const positionOf = origin && traceKustomize(manifest.object, origin, at)
    const source = { ...manifest.source, origin: origin && { file: at(origin.path) } }
    return traced(
      { ...manifest, source, object: withoutOrigin(manifest.object) },
      name,
      positionOf ?? (() => kustomization.document.positionOf('/resources')),
    )
  }
  const notes = tool.startsWith('kubectl')
    ? [`${directory} is built by kubectl kustomize, as kustomize is not installed`]
    : []
  return { manifests: manifests.map(place), errors, files: [...files], notes }
}

/** The line of the kustomization that names what the message names in quotes. */
function placeIn(message: string, { file, text }: Kustomization): Partial<Position> & { readonly file: string } {
  const lines = text.split('\n')
  const names = [...message.matchAll(/'([^'\s]+)'|unknown field "([^"]+)"/g)].map(
    ([, path, field]) => path ?? field ?? '',
  )
  const index = lines.findIndex((line) => names.some((name) => line.includes(name)))
  return index === -1 ? { file } : { file, line: index + 1, column: 1 }
}
