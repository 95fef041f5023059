import type { InputError, Manifest } from './manifest.ts'
import { objectsIn } from './objects-in.ts'
import { readDocuments } from './parse-yaml.ts'

/** The objects of one text. `ignored`: documents that are no Kubernetes objects. */
export interface TextManifests {
  readonly manifests: readonly Manifest[]
  readonly errors: readonly InputError[]
  readonly ignored: number
}

/** All that a text holds, and all that is wrong with it; its places are called `file`. */
export function manifestsIn(text: string, file: string): TextManifests {
  const { documents, errors } = readDocuments(text, file)
  const found = documents.map((document) => objectsIn(document, file))
  return {
    manifests: found.flatMap(({ manifests }) => manifests),
    errors: [...errors, ...found.flatMap((one) => one.errors)],
    ignored: found.filter(({ isIgnored }) => isIgnored).length,
  }
}
