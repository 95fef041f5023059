import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isOfChart } from './chart.ts'
import { isKustomization, readKustomization } from './kustomization.ts'
import type { InputError, Unrendered } from './manifest.ts'
import { isNamedAsYaml, unreadable } from './read-text.ts'

/** What a directory holds, in the order of kubectl: by name, folder by folder. */
export interface FoundFiles {
  readonly files: readonly string[]
  readonly errors: readonly InputError[]
  readonly unrendered: readonly Unrendered[]
}

/**
 * All *.yaml, *.yml and *.json below a directory; hidden ones, node_modules, pipes and devices are passed over, and each folder and
 * file counts once, by whatever links it is reached. What only Helm or Kustomize can read is named instead: templates and values of charts, patches of kustomizations.
 */
export function findFiles(directory: string): FoundFiles {
  const found: Found = { files: [], errors: [], unrendered: [], parts: new Set(), entered: new Set(), links: new Set() }
  walk(directory, found)
  const { errors, unrendered, parts } = found
  const whole = parts.size === 0 ? found.files : found.files.filter((file) => !parts.has(resolve(file)))
  const files = found.links.size === 0 ? whole : onceEach(whole, found.links)
  if (found.files.length === 0 && errors.length === 0 && unrendered.length === 0) {
    errors.push({ code: 'EVENKEEL_DIRECTORY_EMPTY', message: 'holds no *.yaml, *.yml or *.json', file: directory })
  }
  return { files, errors, unrendered }
}

interface Found {
  readonly files: string[]
  readonly errors: InputError[]
  readonly unrendered: Unrendered[]
  /** Files that a kustomization reads as parts of objects. */
  readonly parts: Set<string>
  /** By real path, so that symbolic links may form circles. */
  readonly entered: Set<string>
  /** Which of the files are symbolic links. */
  readonly links: Set<string>
}

/** A file with several names goes by its own, or else by the first link to it. */
function onceEach(files: readonly string[], links: ReadonlySet<string>): readonly string[] {
  const taken = new Set(files.filter((file) => !links.has(file)).map((file) => realpathSync(file)))
  return files.filter((file) => {
    if (!links.has(file)) return true
    const real = realPath(file)
    const isNew = !taken.has(real)
    taken.add(real)
    return isNew
  })
}

/** Of a link that leads nowhere, its own: reading it will say why. */
function realPath(link: string): string {
  try {
    return realpathSync(link)
  } catch {
    return link
  }
}

function walk(directory: string, found: Found): void {
  try {
    const real = realpathSync(directory)
    if (found.entered.has(real)) return
    found.entered.add(real)
    const entries = readdirSync(directory, { withFileTypes: true })
    const isPassedOver = passedOver(directory, entries, found)
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
      if (!isPassedOver(entry.name)) visit(directory, entry, found)
  } catch (error) {
    found.errors.push(unreadable(directory, error).error)
  }
}

/** Which of a folder's entries are not read as manifests; what that leaves out is noted. */
function passedOver(directory: string, entries: readonly Dirent[], found: Found): (name: string) => boolean {
  const kustomization = entries.find(({ name }) => isKustomization(name))?.name
  if (kustomization !== undefined) notePatches(join(directory, kustomization), found)
  const isInChart = entries.some(({ name }) => name === 'Chart.yaml')
  if (isInChart) found.unrendered.push({ tool: 'helm', directory })
  return (name) => name.startsWith('.') || name === 'node_modules' || (isInChart && isOfChart(name))
}

function notePatches(file: string, { parts, unrendered }: Found): void {
  const kustomization = readKustomization(file)
  for (const part of kustomization?.parts ?? []) parts.add(part)
  if (kustomization?.isOverlay) unrendered.push({ tool: 'kustomize', directory: dirname(file) })
}

function visit(directory: string, entry: Dirent, found: Found): void {
  const path = join(directory, entry.name)
  const kind = entry.isSymbolicLink() ? targetOf(path) : entry
  if (kind?.isDirectory()) return walk(path, found)
  // A pipe that lies in a directory has nobody at its other end, and reading it would wait for ever.
  if (kind?.isFile() === false || !isNamedAsYaml(entry.name)) return
  found.files.push(path)
  if (entry.isSymbolicLink()) found.links.add(path)
}

/** Undefined for what cannot be looked at: reading it will say why. */
function targetOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

export function isDirectory(path: string): boolean {
  return targetOf(path)?.isDirectory() ?? false
}
