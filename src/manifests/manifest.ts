import type { JsonPointer, KubeObject } from '../model/object.ts'

/** A place in a file; line and column count from 1, the column in UTF-16 units as editors do. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Which text an object comes from. */
interface Source {
  readonly file: string
  /** Counts the file's non-empty documents from 0. */
  readonly document: number
  /** Where in the document the object stands: `''`, or `/items/3` in a List. */
  readonly base: JsonPointer
  /** Its first line, from 1. */
  readonly line: number
}

/** An object as somebody wrote it, with the way back to its text. */
export interface Manifest {
  readonly object: KubeObject
  readonly source: Source
  /** Where the field is written: a key for a field, the value for an item of a list; for what is not there, the deepest parent that is. */
  readonly positionOf: (pointer: JsonPointer) => Position
  /** The line of text that stands there. */
  readonly quoteOf: (pointer: JsonPointer) => string
}

/**
 * What could not be read; the rest was.
 * `YAML_INVALID`: no YAML or JSON, or more than kubectl would take; `FILE_UNREADABLE`: missing, forbidden, too large, not text;
 * `DIRECTORY_EMPTY`: holds no *.yaml, *.yml or *.json; `OBJECT_INVALID`: YAML, but no object that the API server could name.
 */
export interface InputError {
  readonly code:
    | 'EVENKEEL_YAML_INVALID'
    | 'EVENKEEL_FILE_UNREADABLE'
    | 'EVENKEEL_DIRECTORY_EMPTY'
    | 'EVENKEEL_OBJECT_INVALID'
  readonly message: string
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** The line of text at fault. */
  readonly quote?: string
}
