import { randomBytes } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { InputError } from './manifest.ts'
import { encodingOf } from './read-text.ts'

const MARK = '\uFEFF'

/**
 * Puts a text in the place of the one that was read from the file, in the same encoding, all of it or nothing: whatever happens, the
 * file holds the one or the other. Behind a symbolic link the file itself is replaced; it keeps its mode and, where that is allowed,
 * its owner. Answers with what prevented it.
 */
export function replaceText(file: string, before: string, after: string): InputError | undefined {
  try {
    const real = realpathSync(file)
    const stats = statSync(real)
    accessSync(real, constants.W_OK)
    // To the superuser everything is writable.
    if ((stats.mode & 0o222) === 0) return unwritable(file, 'is read-only')
    const bytes = readFileSync(real)
    const encoding = encodingOf(bytes)
    const there = new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes)
    const mark = there.startsWith(MARK) ? MARK : ''
    if (there !== mark + before) return unwritable(file, 'has changed since it was read: run it again')
    replaceBytes(real, encode(mark + after, encoding), stats)
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return unwritable(file, reasons[code ?? ''] ?? `cannot be written: ${message}`)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'is no longer there',
  EACCES: 'may not be written',
  EPERM: 'may not be written',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'does not fit on its file system',
}

function unwritable(file: string, message: string): InputError {
  return { code: 'EVENKEEL_FILE_UNWRITABLE', message, file }
}

function encode(text: string, encoding: ReturnType<typeof encodingOf>): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text)
  const bytes = Buffer.from(text, 'utf16le')
  return encoding === 'utf-16le' ? bytes : bytes.swap16()
}

/** A hidden file beside it is filled, made durable and renamed: names change in one step (rename(2)), contents do not. */
function replaceBytes(real: string, bytes: Buffer, stats: Stats): void {
  const folder = dirname(real)
  const fresh = join(folder, `.${basename(real)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    fill(fresh, bytes, stats)
    renameSync(fresh, real)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
  makeDurable(folder)
}

function fill(fresh: string, bytes: Buffer, { mode, uid, gid }: Stats): void {
  const descriptor = openSync(fresh, 'wx', 0o600)
  try {
    const own = statSync(fresh)
    if (own.uid !== uid || own.gid !== gid) giveTo(descriptor, uid, gid)
    fchmodSync(descriptor, mode & 0o7777)
    writeFileSync(descriptor, bytes)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
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
