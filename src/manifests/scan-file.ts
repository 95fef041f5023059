import { manifestsIn } from './manifests-in.ts'
import { readFile, sizeOf } from './read-text.ts'

/** What a file comes to in which there is nothing to look at and nothing to complain of. */
export interface PassedFile {
  readonly ignored: number
  readonly bystanders: number
}

/** Undefined for a file that has to be read, as a pipe has, which can be read only once. */
export function scanFile(file: string, lookedAt: ReadonlySet<string>): PassedFile | undefined {
  if (sizeOf(file) === 0) return undefined
  const read = readFile(file)
  if ('error' in read) return undefined
  const { manifests, errors, ignored, bystanders } = manifestsIn(read.text, file, (kind) => lookedAt.has(kind))
  return manifests.length + errors.length > 0 ? undefined : { ignored, bystanders }
}
