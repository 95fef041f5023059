import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { InputError } from './manifest.ts'
import { unreadable } from './read-text.ts'

/** What a directory holds, in the order of kubectl: by name, folder by folder. */
export interface FoundFiles {
  readonly files: readonly string[]
  readonly errors: readonly InputError[]
}

/** All *.yaml, *.yml and *.json below a directory; hidden ones and node_modules are passed over, and each folder is entered once. */
export function findFiles(directory: string): FoundFiles {
  const files: string[] = []
  const errors: InputError[] = []
  walk(directory, { files, errors, entered: new Set() })
  if (files.length === 0 && errors.length === 0) {
    errors.push({ code: 'EVENKEEL_DIRECTORY_EMPTY', message: 'holds no *.yaml, *.yml or *.json', file: directory })
  }
  return { files, errors }
}

interface Found {
  readonly files: string[]
  readonly errors: InputError[]
  /** By real path, so that symbolic links may form circles. */
  readonly entered: Set<string>
}

function walk(directory: string, found: Found): void {
  try {
    const real = realpathSync(directory)
    if (found.entered.has(real)) return
    found.entered.add(real)
    const entries = readdirSync(directory, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) visit(directory, entry, found)
  } catch (error) {
    found.errors.push(unreadable(directory, error).error)
  }
}

function visit(directory: string, entry: Dirent, found: Found): void {
  if (entry.name.startsWith('.') || entry.name === 'node_modules') return
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
