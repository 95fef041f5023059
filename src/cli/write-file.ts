import { closeSync, openSync, realpathSync, statSync } from 'node:fs'
import { replaceFile, writeAll } from '../manifests/replace-file.ts'
import { isReaderGone, unwritable } from './output.ts'

/** Pipes and devices are no files to replace: `-o json=/dev/fd/3`. */
function writeThere(file: string, pieces: Iterable<string>): void {
  const descriptor = openSync(file, 'w')
  try {
    writeAll(descriptor, pieces)
  } finally {
    closeSync(descriptor)
  }
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
    return isReaderGone(error) ? [] : [unwritable(file, error)]
  }
}
