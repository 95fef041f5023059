import type { InputError, Manifest, Position } from '../manifest.ts'
import { readFile } from '../read-text.ts'

/** What a tool made of a chart or a kustomization, placed in the files that it made it of. */
export interface Render {
  readonly manifests: readonly Manifest[]
  readonly errors: readonly InputError[]
  /** The files whose objects are in it, so that nobody judges them again by themselves. */
  readonly files: readonly string[]
  /** What people should know of how it was made. */
  readonly notes: readonly string[]
}

/** A render that failed; the place is the tool's, where it named one. */
export function failed(message: string, place: Partial<Position> & { readonly file: string }): Render {
  return { manifests: [], errors: [{ code: 'EVENKEEL_RENDER_FAILED', message, ...place }], files: [], notes: [] }
}

/** The manifest as its author's files show it. */
export function traced(manifest: Manifest, rendered: string, positionOf: Manifest['positionOf']): Manifest {
  const { document, base, origin } = manifest.source
  const { file, line } = positionOf('')
  const source = { file, document, base, line, origin, rendered }
  const quoteOf: Manifest['quoteOf'] = (pointer) => {
    const position = positionOf(pointer)
    return position.file === manifest.source.file ? manifest.quoteOf(pointer) : lineAt(position)
  }
  return { object: manifest.object, source, positionOf, quoteOf, isStillIn: () => false }
}

function lineAt({ file, line }: Position): string {
  const read = readFile(file)
  return 'text' in read ? (read.text.split(/\r?\n/)[line - 1] ?? '') : ''
}
