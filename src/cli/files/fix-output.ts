import { refOf } from '../../kube/group-kind.ts'
import { unifiedDiff } from '../../manifests/unified-diff.ts'
import { artifactPath, slashed } from '../../paths/shared-path.ts'
import { toKustomizeComponent } from '../../report/kustomize-component.ts'
import type { FixOptions } from '../commands/fix.ts'
import type { EditedFile, Texts } from './edit-files.ts'
import type { FixedManifest } from './fix-world.ts'

/** What is made of the files' objects, and of the files where the output is about their text. */
export interface Fixes {
  readonly done: readonly FixedManifest[]
  readonly files: readonly EditedFile[]
  readonly texts: Texts
}

/** The fixes in one of the output formats, piece by piece. */
export function printedFixes(output: FixOptions['output'], { done, files, texts }: Fixes): Iterable<string> {
  const changed = done.filter(({ fixed }) => fixed.operations.length > 0)
  switch (output) {
    case 'diff':
      return files.map(({ file, before, after }) => unifiedDiff(before, after, artifactPath(file, process.cwd()).path))
    case 'json-patch':
      return [`${JSON.stringify(changed.map(jsonPatch), null, 2)}\n`]
    case 'kustomize':
      return [toKustomizeComponent(changed.map(kustomizePatch))]
    case 'yaml':
      return stream(files, texts)
  }
}

function jsonPatch({ manifest, fixed }: FixedManifest): object {
  const rules = [...new Set(fixed.applied.map(({ rule }) => rule))]
  const { file, document, line } = manifest.source
  return {
    object: refOf(manifest.object),
    source: { file: slashed(file, process.cwd()), document, line },
    rules,
    operations: fixed.operations,
  }
}

function kustomizePatch({ manifest: { object, lacksNamespace }, fixed: { operations } }: FixedManifest) {
  return { object, operations, hasNamespace: object.metadata.namespace !== undefined && lacksNamespace !== true }
}

/** Every file that holds an object, and stdin whatever it holds, as one stream of documents. */
function* stream(files: readonly EditedFile[], texts: Texts): Generator<string> {
  const edited = new Map(files.map(({ file, after }) => [file, after]))
  let previous = ''
  for (const [file, text] of texts) {
    const whole = edited.get(file) ?? text
    if (previous !== '') yield (previous.endsWith('\n') ? '' : '\n') + (whole.startsWith('---') ? '' : '---\n')
    yield whole
    previous = whole
  }
}
