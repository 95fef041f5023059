import type { IsLookedAt } from './bystander.ts'
import type { InputError, Manifest } from './manifest.ts'
import { objectsIn } from './objects-in.ts'
import { readDocuments } from './parse-yaml.ts'

/** The objects of one text. */
export interface TextManifests {
  readonly manifests: readonly Manifest[]
  readonly errors: readonly InputError[]
  /** Objects that nobody looks at. */
  readonly bystanders: number
}

/** All that a text holds, and all that is wrong with it; its places are called `file`. */
export function manifestsIn(text: string, file: string, isLookedAt?: IsLookedAt): TextManifests {
  const { documents, errors, bystanders } = readDocuments(text, file, isLookedAt)
  const found = documents.map((document) => objectsIn(document, file))
  const all = found.flatMap(({ manifests }) => manifests)
  const manifests = isLookedAt === undefined ? all : all.filter(({ object }) => isLookedAt(object.kind))
  return {
    manifests,
    errors: [...errors, ...found.flatMap((one) => one.errors)],
    bystanders: bystanders + all.length - manifests.length,
  }
}
