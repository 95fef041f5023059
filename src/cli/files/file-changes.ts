import { changesBetween } from '../../manifests/changes.ts'
import { editYaml } from '../../manifests/edit-yaml.ts'
import { generatedIn } from '../../manifests/generated.ts'
import type { Manifest } from '../../manifests/manifest.ts'
import { readDocuments, type YamlDocument } from '../../manifests/parse-yaml.ts'
import { type Places, placesIn } from '../../manifests/positions.ts'
import { readFile, sizeOf } from '../../manifests/read-text.ts'
import type { ReportedFix } from '../../model/finding.ts'
import type { ReportChange } from '../../report/check-report.ts'

interface OpenFile {
  readonly file: string
  readonly text: string
  readonly documents: readonly YamlDocument[]
  readonly places: Places
  /** Why a change would be lost, if it would. */
  readonly generated: (manifest: Manifest) => string | undefined
}

function open(file: string): OpenFile | undefined {
  // A pipe has nothing more to say.
  if (sizeOf(file) === 0) return undefined
  const read = readFile(file)
  if ('error' in read) return undefined
  const { text } = read
  return {
    file,
    text,
    documents: readDocuments(text, file).documents,
    places: placesIn(text, file),
    generated: generatedIn(text),
  }
}

function changesIn(opened: OpenFile, manifest: Manifest, { operations }: ReportedFix): ReportChange[] | undefined {
  const { source } = manifest
  const document = opened.documents[source.document]
  if (document === undefined || opened.generated(manifest) !== undefined) return undefined
  // It may be another file by now than the one that was judged.
  if (!manifest.isStillIn(opened.text)) return undefined
  const before = opened.text.slice(document.start, document.end)
  const { text: after, refused } = editYaml(before, [{ document: 0, base: source.base, operations }])
  if (refused.length > 0) return undefined
  const at = (offset: number) => opened.places.positionAt(document.start + offset)
  const changes = changesBetween(before, after)
  return changes.length === 0 ? undefined : changes.map(({ from, to, text }) => ({ from: at(from), to: at(to), text }))
}

/** Answers for fixes of objects what they would change in their files; undefined where they cannot be made there. Keeps the last file read. */
export function changesInFiles(): (manifest: Manifest, fix: ReportedFix) => readonly ReportChange[] | undefined {
  let last: OpenFile | undefined
  return (manifest, fix) => {
    const { source } = manifest
    if (source.rendered !== undefined || source.file === 'stdin') return undefined
    if (last?.file !== source.file) last = open(source.file)
    return last && changesIn(last, manifest, fix)
  }
}
