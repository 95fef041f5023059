import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { leadsOut, pathFrom } from '../paths/shared-path.ts'

const MAX_BYTES = 512 * 1024 * 1024
const MAX_SECONDS = 60

/** A commit of the repository that a directory is in; nothing is ever written to that. */
export interface GitTree {
  /** The repository's root, absolute. */
  readonly root: string
  /** Where files that are now below these paths were, if git sees that they were renamed since; paths from the root. */
  renamedTo(paths: readonly string[]): string[]
  /** Writes the commit's files for which `isWanted` says so, by their path from the root, below a directory. */
  extract(into: string, isWanted: (path: string) => boolean): void
}

/** Opens the commit that a branch, tag or hash names. Throws what git says where there is none. */
export function openGitTree(directory: string, ref: string): GitTree {
  const root = git(directory, ['rev-parse', '--show-toplevel']).toString().trimEnd()
  const commit = git(root, ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`])
    .toString()
    .trimEnd()
  return {
    root,
    renamedTo(paths) {
      const flags = ['--no-ext-diff', '--no-textconv', '--find-renames', '--diff-filter=R', '--name-status', '-z']
      const [, ...fields] = git(root, ['diff', ...flags, commit])
        .toString()
        .split(/(?:^|\0)R\d*\0/)
      const renames = fields.map((field) => field.split('\0'))
      return renames.flatMap(([before = '', after = '']) =>
        paths.some((path) => isBelow(after, path)) ? [before] : [],
      )
    },
    extract: (into, isWanted) => {
      const entries = entriesOf(git(root, ['ls-tree', '-r', '-z', '--full-tree', commit]).toString())
      const wanted = entries.filter(({ path }) => isWanted(path))
      const blobs = blobsOf(git(root, ['cat-file', '--batch'], wanted.map(({ hash }) => `${hash}\n`).join('')))
      for (const [i, entry] of wanted.entries()) write(into, entry, blobs[i] ?? Buffer.alloc(0))
    },
  }
}

/** Whether the path is the folder or in it; both from the same root, `''` being the root. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`)
}

interface Entry {
  readonly mode: string
  readonly hash: string
  readonly path: string
}

/** Of `ls-tree -z`: `MODE TYPE HASH<tab>PATH`; submodules are commits of other repositories. */
function entriesOf(listing: string): Entry[] {
  return listing.split('\0').flatMap((row) => {
    const match = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(row)
    return match === null ? [] : [{ mode: match[1] ?? '', hash: match[2] ?? '', path: match[3] ?? '' }]
  })
}

/** Of `cat-file --batch`: `HASH blob SIZE`, a line end, the bytes, a line end, and so on. */
function blobsOf(output: Buffer): Buffer[] {
  const blobs: Buffer[] = []
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(10, at)
    const size = Number(output.toString('latin1', at, end).split(' ')[2])
    blobs.push(output.subarray(end + 1, end + 1 + size))
    at = end + size + 2
  }
  return blobs
}

function write(into: string, { mode, path }: Entry, blob: Buffer): void {
  const file = resolve(into, path)
  // A repository made by hand may name files outside of it.
  if (leadsOut(pathFrom(into, path), into)) return
  mkdirSync(dirname(file), { recursive: true })
  if (mode === '120000') link(blob.toString(), file)
  else writeFileSync(file, blob)
}

/** Where links are not allowed, as to most on Windows, git makes a file of the path that it would lead to. */
function link(target: string, file: string): void {
  try {
    symlinkSync(target, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
    writeFileSync(file, target)
  }
}

/** Paths are taken as they are, and the index is left alone. */
function git(directory: string, args: readonly string[], input = ''): Buffer {
  const { error, status, stdout, stderr } = spawnSync('git', ['--no-pager', '--literal-pathspecs', ...args], {
    cwd: directory,
    input,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
    timeout: MAX_SECONDS * 1000,
    maxBuffer: MAX_BYTES,
  })
  if (error !== undefined) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(code === 'ENOENT' ? 'git is not installed' : `git could not be run: ${message}`)
  }
  if (status !== 0) throw new Error(stderr.toString().trim().split('\n')[0] ?? 'git failed')
  return stdout
}
