import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * A hidden file beside it is filled, made durable and renamed: names change in one step (rename(2)), contents do not. So the file is
 * as it was or all of the new one. With the stats of another it gets that one's mode and, where that is allowed, its owner.
 */
export function replaceFile(file: string, pieces: Iterable<string | Uint8Array>, like?: Stats): void {
  const folder = dirname(file)
  const fresh = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    fill(fresh, pieces, like)
    renameSync(fresh, file)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
  makeDurable(folder)
}

function fill(fresh: string, pieces: Iterable<string | Uint8Array>, like: Stats | undefined): void {
  const descriptor = openSync(fresh, 'wx', like === undefined ? 0o666 : 0o600)
  try {
    if (like !== undefined) resemble(fresh, descriptor, like)
    writeAll(descriptor, pieces)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Piece by piece, each to its end. */
export function writeAll(descriptor: number, pieces: Iterable<string | Uint8Array>): void {
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
  }
}

function resemble(fresh: string, descriptor: number, { mode, uid, gid }: Stats): void {
  const own = statSync(fresh)
  if (own.uid !== uid || own.gid !== gid) giveTo(descriptor, uid, gid)
  fchmodSync(descriptor, mode & 0o7777)
}

/** Only the superuser may give files away. */
function giveTo(descriptor: number, uid: number, gid: number): void {
  try {
    fchownSync(descriptor, uid, gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}

/** So that the new name, too, survives a loss of power, where the file system knows how. */
function makeDurable(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch {
    // The file is replaced all the same.
  }
}
