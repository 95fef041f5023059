import { resolve } from 'node:path'
import { findFiles, isDirectory } from './find-files.ts'
import type { InputError, Manifest } from './manifest.ts'
import { objectsIn } from './objects-in.ts'
import { readDocuments } from './parse-yaml.ts'
import { readFile, readStream, type Text } from './read-text.ts'

/** All that could be read, in the order given, and all that could not. `ignored`: documents that are no Kubernetes objects. */
export interface ReadManifests {
  readonly manifests: Manifest[]
  readonly errors: InputError[]
  ignored: number
}

/**
 * Reads files (whatever they are called), directories and `-`, which is `stdin` in positions. A file that is named twice is read once.
 * Never throws: what cannot be read is among the errors, and the rest is read.
 */
export async function readManifests(
  paths: readonly string[],
  { stdin }: { readonly stdin?: AsyncIterable<Uint8Array | string> } = {},
): Promise<ReadManifests> {
  const result: ReadManifests = { manifests: [], errors: [], ignored: 0 }
  const seen = new Set<string>()
  for (const path of paths) {
    const { files, errors } = path !== '-' && isDirectory(path) ? findFiles(path) : { files: [path], errors: [] }
    for (const error of errors) result.errors.push(error)
    for (const file of files.filter((name) => !seen.has(resolve(name)))) {
      seen.add(resolve(file))
      // Node takes some milliseconds to open process.stdin: only when it is wanted.
      if (file === '-') add(result, 'stdin', await readStream(stdin ?? process.stdin, 'stdin'))
      else add(result, file, readFile(file))
    }
  }
  return result
}

function add(result: ReadManifests, file: string, read: Text): void {
  const { documents, errors } =
    'text' in read ? readDocuments(read.text, file) : { documents: [], errors: [read.error] }
  for (const error of errors) result.errors.push(error)
  for (const document of documents) {
    const objects = objectsIn(document, file)
    for (const manifest of objects.manifests) result.manifests.push(manifest)
    for (const error of objects.errors) result.errors.push(error)
    if (objects.isIgnored) result.ignored++
  }
}
