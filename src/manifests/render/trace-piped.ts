import { existsSync, readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { isKustomization } from '../kustomization.ts'
import { type KustomizeOrigin, kustomizeOrigin } from '../kustomize-origin.ts'
import type { Manifest } from '../manifest.ts'
import { readFile } from '../read-text.ts'
import { traced } from './render.ts'
import { templateFile, traceHelm } from './trace-helm.ts'
import { traceKustomize } from './trace-kustomize.ts'

/** How deep charts and kustomizations are looked for below the working directory, and in how many folders at most. */
const MAX_DEPTH = 4
const MAX_FOLDERS = 2000

/**
 * For objects that Helm or Kustomize printed and somebody piped: the same objects, placed in the files that they were made of. These are
 * looked for below the working directory; where nothing or more than one thing could be meant, stdin stays the place.
 */
export function tracePiped(): (manifest: Manifest) => Manifest {
  const folders = foldersBelow('.')
  const charts = folders.flatMap(({ path, names }) => (names.includes('Chart.yaml') ? [chartIn(path)] : []))
  const kustomizations = folders.filter(({ names }) => names.some(isKustomization)).map(({ path }) => path)
  return (manifest) => {
    const origin = kustomizeOrigin(manifest.object)
    const positionOf =
      origin === undefined ? fromChart(manifest, charts) : fromKustomization(manifest, origin, kustomizations)
    return positionOf === undefined ? manifest : traced(manifest, 'stdin', positionOf)
  }
}

interface Folder {
  readonly path: string
  readonly names: readonly string[]
}

/** From the top down. */
function foldersBelow(top: string): Folder[] {
  const found: Folder[] = []
  let level = [top]
  for (let depth = 0; depth <= MAX_DEPTH && found.length < MAX_FOLDERS; depth++) {
    const next: string[] = []
    for (const path of level.slice(0, MAX_FOLDERS - found.length)) {
      const entries = readdirSync(path, { withFileTypes: true })
      found.push({ path, names: entries.map(({ name }) => name) })
      const inside = entries.filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
      next.push(...inside.map(({ name }) => join(path, name)))
    }
    level = next
  }
  return found
}

interface Chart {
  readonly path: string
  readonly name: string | undefined
}

function chartIn(path: string): Chart {
  const read = readFile(join(path, 'Chart.yaml'))
  return { path, name: 'text' in read ? /^name:\s*["']?([^\s"']+)/m.exec(read.text)?.[1] : undefined }
}

function fromChart({ object, source }: Manifest, charts: readonly Chart[]): Manifest['positionOf'] | undefined {
  const origin = source.origin?.file ?? ''
  const [chart, ...others] = charts.filter(
    ({ path, name }) => origin.startsWith(`${name}/`) && existsSync(templateFile(path, origin)),
  )
  return chart === undefined || others.length > 0 ? undefined : traceHelm(object, origin, chart.path)
}

/** Paths of an origin begin in the folder that was built, which nobody tells: one in which they all lead to files. */
function fromKustomization(
  { object, positionOf }: Manifest,
  origin: KustomizeOrigin,
  kustomizations: readonly string[],
): Manifest['positionOf'] | undefined {
  const paths = [origin.path, ...origin.configuredIn]
  const roots = kustomizations.filter((root) => paths.every((path) => existsSync(join(root, path))))
  const [root = '', ...others] = roots
  const files = new Set(roots.map((one) => resolve(one, origin.path)))
  if (files.size !== 1) return undefined
  // Which overlay was built matters only to patches.
  const known = others.length === 0 ? origin : { ...origin, configuredIn: [] }
  return traceKustomize(object, known, (path) => relative('', resolve(root, path)), positionOf)
}
