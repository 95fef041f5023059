import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { type GitTree, isBelow, openGitTree } from '../../manifests/git-tree.ts'
import type { Policy } from '../../model/policy.ts'
import { pathFrom } from '../../paths/shared-path.ts'
import { UsageError } from '../exit-code.ts'
import { listen, tidyOnInterrupt } from '../interrupt.ts'
import type { InputOptions } from '../option-groups.ts'
import { type Before, compareWorlds, type Roots } from './compare-worlds.ts'
import { type FileWorld, readWorld } from './read-world.ts'

interface Place extends Roots {
  /** Paths that were renamed into those of the command line, absolute. */
  readonly renamed: readonly string[]
}

interface Now {
  readonly policies: readonly Policy[]
  readonly options: InputOptions
  readonly files: FileWorld
}

/** Reads what was there before of what the command line names now. Objects are found again by kind, namespace and name, in whichever file they stand. */
export type ReadBefore = (paths: readonly string[], now: Now) => Promise<Before>

/** What was there before: in DIR, which stands for the working directory, or at a git ref. Throws a UsageError where there is neither. */
export function openBefore(against: string): ReadBefore {
  const now = process.cwd()
  if (!isDirectory(against)) {
    const tree = openTree(now, against)
    return (paths, of) => readCommit(tree, paths, of)
  }
  const place = { now, before: resolve(against), renamed: [] }
  return async (paths, { policies, options, files }) =>
    compareWorlds(files, await readPlace(place, paths, policies, options), place)
}

async function readCommit(tree: GitTree, paths: readonly string[], { policies, options, files }: Now): Promise<Before> {
  const temporary = mkdtempSync(join(tmpdir(), 'evenkeel-against-'))
  const remove = (): void => rmSync(temporary, { recursive: true, force: true })
  const takeBack = tidyOnInterrupt(remove)
  try {
    const place = extracted(tree, paths, options, temporary)
    return compareWorlds(files, await readPlace(place, paths, policies, options), place)
  } finally {
    await listen()
    takeBack()
    remove()
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function openTree(directory: string, ref: string): GitTree {
  try {
    return openGitTree(directory, ref)
  } catch (error) {
    const { message } = error as Error
    throw new UsageError(`--against "${ref}" is neither a directory nor a commit: ${message}`)
  }
}

/** The part of the commit that the command line is about; what is rendered may be made of files from anywhere. */
function extracted(tree: GitTree, paths: readonly string[], options: InputOptions, into: string): Place {
  const { helm = [], kustomize = [] } = options
  const named = (paths.length > 0 ? paths : ['.']).map((path) => pathFrom(tree.root, resolve(path)))
  const renamed = tree.renamedTo(named)
  const isRendering = helm.length + kustomize.length > 0
  const isWanted = (path: string) => named.some((folder) => isBelow(path, folder)) || renamed.includes(path)
  tree.extract(into, isRendering ? () => true : isWanted)
  return { now: tree.root, before: into, renamed: renamed.map((path) => join(into, path)) }
}

async function readPlace(
  { now, before, renamed }: Place,
  paths: readonly string[],
  policies: readonly Policy[],
  options: InputOptions,
): Promise<FileWorld> {
  const there = (path: string) => join(before, relative(now, resolve(path)))
  const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined
  const earlier = (given: readonly string[] = []) => given.map(there).filter(exists)
  const { helm, kustomize, values = [] } = options
  const files = [...new Set([...earlier(paths.filter((path) => path !== '-')), ...renamed])]
  const isNothingNamed = paths.length === 0 && helm === undefined && kustomize === undefined
  const rendering = { helm: earlier(helm), kustomize: earlier(kustomize) }
  // Nothing of what is named was there: that is not to mean the working directory.
  if (!isNothingNamed && [...files, ...rendering.helm, ...rendering.kustomize].length === 0)
    return readWorld([mkdtempSync(join(before, 'nothing-'))], policies, { allowEmpty: true })
  // A chart that is new had no values either.
  const valuesThen = rendering.helm.length === 0 ? [] : values.map((path) => (exists(there(path)) ? there(path) : path))
  return readWorld(isNothingNamed ? [there('.')] : files, policies, {
    ...options,
    ...rendering,
    values: valuesThen,
    allowEmpty: true,
  })
}
