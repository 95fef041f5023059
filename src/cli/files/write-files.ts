import { refOf } from '../../kube/group-kind.ts'
import { dotted, valueAt } from '../../kube/pointer.ts'
import type { InputError } from '../../manifests/manifest.ts'
import { replaceText } from '../../manifests/replace-text.ts'
import { objectName } from '../../report/object-name.ts'
import { printable } from '../../report/printable.ts'
import type { EditedFile } from './edit-files.ts'
import type { FixedManifest } from './fix-world.ts'

/** What came of writing: a line for each change, what could not be written, and the files that now are as they were to be. */
interface Written {
  readonly lines: readonly string[]
  readonly errors: readonly InputError[]
  readonly files: readonly EditedFile[]
}

export const NOTHING_WRITTEN: Written = { lines: [], errors: [], files: [] }

/** Puts the fixes into the files; one that cannot be written stays as it is, and the others are. */
export function writeFiles(all: readonly EditedFile[]): Written {
  const lines: string[] = []
  const errors: InputError[] = []
  const files: EditedFile[] = []
  for (const edited of all.filter(({ before, after }) => before !== after)) {
    const error = replaceText(edited.file, edited.before, edited.after)
    if (error) errors.push(error)
    else {
      files.push(edited)
      lines.push(...edited.done.flatMap(changesOf))
    }
  }
  return { lines, errors, files }
}

/** Where several fixes concern one field, the last has decided. */
function changesOf({ manifest: { object, source }, fixed }: FixedManifest): string[] {
  const place = `${source.file}: ${objectName(refOf(object))}`
  // What a fix is for comes last, after the parents that it lacked.
  const last = new Map(fixed.applied.map(({ rule, operations }) => [operations.at(-1)?.path ?? '', rule]))
  return [...last].map(([path, rule]) => {
    const [was, is] = [valueAt(object, path), valueAt(fixed.object, path)].map(shown)
    return `${printable(`${place}: ${dotted(path)}: ${was} -> ${is} [${rule}]`)}\n`
  })
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
