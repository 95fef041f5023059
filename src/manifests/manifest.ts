import type { JsonPointer, KubeObject } from '../model/object.ts'

/** A place in a file; line and column count from 1, the column in UTF-16 units as editors do. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Which text an object comes from. `document` and `base` are those of the rendered text, if there is one. */
export interface Source {
  readonly file: string
  /** Counts the file's non-empty documents from 0. */
  readonly document: number
  /** Where in the document the object stands: `''`, or `/items/3` in a List. */
  readonly base: JsonPointer
  /** Its first line, from 1. */
  readonly line: number
  /** What Helm or Kustomize say that they made it from, as they name it: a template, a file of a base. */
  readonly origin?: { readonly file: string } | undefined
  /** Where its text was read if that is not `file`, which a tool rendered: `helm template charts/shop`. Nothing of it can be edited there. */
  readonly rendered?: string
}

/** An object as somebody wrote it, with the way back to its text. */
export interface Manifest {
  readonly object: KubeObject
  readonly source: Source
  /** Its namespace was given from elsewhere and is not in its text. */
  readonly lacksNamespace?: true
  /** Where the field is written: a key for a field, the value for an item of a list; for what is not there, the deepest parent that is. */
  readonly positionOf: (pointer: JsonPointer) => Position
  /** The line of text that stands there. */
  readonly quoteOf: (pointer: JsonPointer) => string
  /** Whether what the file has become still has the object's document where it was read. */
  readonly isStillIn: (text: string) => boolean
}

/** A chart, or a kustomization that changes its resources: only its own tool can tell what objects it means. */
export interface Unrendered {
  readonly tool: 'helm' | 'kustomize'
  readonly directory: string
}

/**
 * What could not be read, or not be written; the rest was.
 * `YAML_INVALID`: no YAML or JSON, or more than kubectl would take; `FILE_UNREADABLE`: missing, forbidden, too large, not text;
 * `FILE_UNWRITABLE`: a fix was not written to it;
 * `DIRECTORY_EMPTY`: holds no *.yaml, *.yml or *.json; `OBJECT_INVALID`: YAML, but no object that the API server could name;
 * `RENDER_FAILED`: Helm or Kustomize is missing, or refuses.
 */
export interface InputError {
  readonly code:
    | 'EVENKEEL_YAML_INVALID'
    | 'EVENKEEL_FILE_UNREADABLE'
    | 'EVENKEEL_FILE_UNWRITABLE'
    | 'EVENKEEL_DIRECTORY_EMPTY'
    | 'EVENKEEL_OBJECT_INVALID'
    | 'EVENKEEL_RENDER_FAILED'
  readonly message: string
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The line of text at fault. */
  readonly quote?: string
}
