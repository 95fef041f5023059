import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

function statsOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false })
}

function fill(descriptor: number, pieces: Iterable<string>): void {
  for (const piece of pieces) {
    const bytes = Buffer.from(piece)
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
  }
}

/** Pipes and devices are no files to replace: `-o json=/dev/fd/3`. */
function fillThere(file: string, pieces: Iterable<string>): void {
  const descriptor = openSync(file, 'w')
  fill(descriptor, pieces)
  closeSync(descriptor)
}

/** Readers see the file as it was or all of the new one: a file beside it is filled, then takes its name. */
function replace(file: string, pieces: Iterable<string>, mode: number | undefined): void {
  const fresh = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const descriptor = openSync(fresh, 'wx')
    if (mode !== undefined) fchmodSync(descriptor, mode & 0o7777)
    fill(descriptor, pieces)
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(fresh, file)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'its directory is none',
  EACCES: 'that is not allowed',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the file system is full',
}

/** Writes a file, all of it or nothing. Answers with what prevented it, as lines for people. */
export function writeFile(file: string, pieces: Iterable<string>): string[] {
  try {
    const stats = statsOf(file)
    if (stats === undefined) replace(file, pieces, undefined)
    else if (stats.isFile()) replace(realpathSync(file), pieces, stats.mode)
    else fillThere(file, pieces)
    return []
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return [`${file}: cannot be written: ${reasons[code] ?? message} [EVENKEEL_OUTPUT_UNWRITABLE]`]
  }
}
