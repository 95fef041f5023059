import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs'
import type { InputError } from './manifest.ts'
import { encodingOf } from './read-text.ts'
import { replaceFile } from './replace-file.ts'

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
    replaceFile(real, [encode(mark + after, encoding)], stats)
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
