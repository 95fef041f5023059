import { editYaml, type Obstacles, obstaclesIn } from '../../manifests/edit-yaml.ts'
import { generatedIn } from '../../manifests/generated.ts'
import type { Manifest, Position } from '../../manifests/manifest.ts'
import { readDocuments } from '../../manifests/parse-yaml.ts'
import type { JsonPointer } from '../../model/object.ts'
import { type FixedManifest, type Obstacle, untouched } from './fix-world.ts'

/** What stands in each file. */
export type Texts = ReadonlyMap<string, string>

/** A file's text as it was and as fixes leave it. */
export interface EditedFile {
  readonly file: string
  readonly before: string
  readonly after: string
  /** Its objects; those of a document that could not be edited are as they were. */
  readonly done: readonly FixedManifest[]
  /** Why a manifest's document could not be edited. */
  readonly refusal: (manifest: Manifest) => string | undefined
}

interface InFile {
  readonly file: string
  readonly places: Obstacles
  readonly generated: (manifest: Manifest) => string | undefined
}

/** The key of the text that an object was read in, among those of files and stdin. */
function textOf({ source: { file, rendered } }: Manifest): string {
  return rendered ?? file
}

/** What stands in the way of a change in the text; of files that are to be written, also that something else makes them. */
export function obstacleIn(texts: Texts, isWritten: boolean): Obstacle {
  // Manifests come file by file.
  let at: InFile | undefined
  return (manifest, path) => {
    const file = textOf(manifest)
    const text = texts.get(file)
    if (text === undefined) return `${file} made it: -o kustomize prints a patch of that`
    if (at?.file !== file)
      at = { file, places: obstaclesIn(text), generated: isWritten ? generatedIn(text) : () => undefined }
    return at.generated(manifest) ?? at.places(manifest.source.document, manifest.source.base + path)
  }
}

/** The files of these manifests with their fixes made in the text, those without any included. */
export function editFiles(fixed: readonly FixedManifest[], texts: Texts): EditedFile[] {
  const byFile = new Map<string, FixedManifest[]>()
  for (const one of fixed) {
    const file = textOf(one.manifest)
    byFile.set(file, [...(byFile.get(file) ?? []), one])
  }
  return [...byFile].map(([file, inFile]) => editFile(file, texts.get(file) ?? '', inFile))
}

function editFile(file: string, before: string, fixed: readonly FixedManifest[]): EditedFile {
  const edits = fixed.flatMap(({ manifest: { source }, fixed: { operations } }) =>
    operations.length > 0 ? [{ document: source.document, base: source.base, operations }] : [],
  )
  const { text: after, refused } = edits.length > 0 ? editYaml(before, edits) : { text: before, refused: [] }
  const refusal = ({ source }: Manifest) => refused.find(({ document }) => document === source.document)?.reason
  const done = fixed.map((one) =>
    refusal(one.manifest) === undefined ? one : { manifest: one.manifest, fixed: untouched(one.manifest) },
  )
  return { file, before, after, done, refusal }
}

/** Why something was not changed after all: its place, or its document. */
export function whyUndone(files: readonly EditedFile[], places: Obstacle): Obstacle {
  const refusals = new Map(files.map(({ file, refusal }) => [file, refusal]))
  return (manifest, path) => places(manifest, path) ?? refusals.get(textOf(manifest))?.(manifest)
}

/** Where things stand after these files have been written; in others nothing has moved. */
export function positionsAfter(files: readonly EditedFile[]): (manifest: Manifest, path: JsonPointer) => Position {
  const texts = new Map(files.map(({ file, after }) => [file, after]))
  let at: { readonly file: string; readonly documents: ReturnType<typeof readDocuments>['documents'] } | undefined
  return (manifest, path) => {
    const { document, base } = manifest.source
    const file = textOf(manifest)
    const text = texts.get(file)
    if (text === undefined) return manifest.positionOf(path)
    if (at?.file !== file) at = { file, documents: readDocuments(text, file).documents }
    return at.documents[document]?.positionOf(base + path) ?? manifest.positionOf(path)
  }
}
