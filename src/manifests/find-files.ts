import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isOfChart } from './chart.ts'
import { isKustomization, readKustomization } from './kustomization.ts'
import type { InputError, Unrendered } from './manifest.ts'
import { unreadable } from './read-text.ts'

/** What a directory holds, in the order of kubectl: by name, folder by folder. */
export interface FoundFiles {
  readonly files: readonly string[]
  readonly errors: readonly InputError[]
  readonly unrendered: readonly Unrendered[]
}

/**
 * All *.yaml, *.yml and *.json below a directory; hidden ones and node_modules are passed over, and each folder is entered once. What
 * only Helm or Kustomize can read is named instead: templates and values of charts, patches of kustomizations.
 */
export function findFiles(directory: string): FoundFiles {
  const found: Found = { files: [], errors: [], unrendered: [], parts: new Set(), entered: new Set() }
  walk(directory, found)
  const { errors, unrendered, parts } = found
  const files = parts.size === 0 ? found.files : found.files.filter((file) => !parts.has(resolve(file)))
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
  if (entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(path))) walk(path, found)
  else if (/\.(?:ya?ml|json)$/.test(entry.name)) found.files.push(path)
}

/** False also for what cannot be looked at: reading it will say why. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
