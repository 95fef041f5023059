import { manifestsIn } from './manifests-in.ts'
import { readFile, sizeOf } from './read-text.ts'

/**
 * How many objects there are in a file in which there is nothing to look at and nothing to complain of; undefined for one that has to
 * be read, as a pipe has, which can be read only once.
 */
export function scanFile(file: string, lookedAt: ReadonlySet<string>): number | undefined {
  if (sizeOf(file) === 0) return undefined
  const read = readFile(file)
  if ('error' in read) return undefined
  const { manifests, errors, bystanders } = manifestsIn(read.text, file, (kind) => lookedAt.has(kind))
  return manifests.length + errors.length > 0 ? undefined : bystanders
}
