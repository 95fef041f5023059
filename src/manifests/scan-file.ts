import { manifestsIn } from './manifests-in.ts'
import { readFile } from './read-text.ts'

/** What a file comes to in which there is nothing to look at and nothing to complain of. */
export interface PassedFile {
  readonly ignored: number
  readonly bystanders: number
}

/** Undefined for a file that has to be read. */
export function scanFile(file: string, lookedAt: ReadonlySet<string>): PassedFile | undefined {
  const read = readFile(file)
  if ('error' in read) return undefined
  const { manifests, errors, ignored, bystanders } = manifestsIn(read.text, file, (kind) => lookedAt.has(kind))
  return manifests.length + errors.length > 0 ? undefined : { ignored, bystanders }
}
