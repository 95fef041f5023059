import { closeSync, openSync, realpathSync, statSync } from 'node:fs'
import { replaceFile, writeAll } from '../manifests/replace-file.ts'

/** Pipes and devices are no files to replace: `-o json=/dev/fd/3`. */
function writeThere(file: string, pieces: Iterable<string>): void {
  const descriptor = openSync(file, 'w')
  writeAll(descriptor, pieces)
  closeSync(descriptor)
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
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats === undefined) replaceFile(file, pieces)
    else if (stats.isFile()) replaceFile(realpathSync(file), pieces, stats)
    else writeThere(file, pieces)
    return []
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    return [`${file}: cannot be written: ${reasons[code] ?? message} [EVENKEEL_OUTPUT_UNWRITABLE]`]
  }
}
