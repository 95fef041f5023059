/** A node of one document's syntax tree: what is written, before it means anything. `start` is an offset in the document's text. */
export type YamlNode = ScalarNode | MappingNode | SequenceNode | AliasNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly start: number
  readonly text: string
  /** Neither quoted, nor a block, nor tagged: the text decides what it is. */
  readonly plain: boolean
  readonly tag: string | undefined
}

export interface MappingNode {
  readonly kind: 'mapping'
  readonly start: number
  readonly entries: readonly Entry[]
}

export type Entry = readonly [key: YamlNode, value: YamlNode]

interface SequenceNode {
  readonly kind: 'sequence'
  readonly start: number
  readonly items: readonly YamlNode[]
}

/** `target` is absent where an anchor's value contains itself. */
export interface AliasNode {
  readonly kind: 'alias'
  readonly start: number
  readonly target: YamlNode | undefined
}

/** Levels of nesting that are read; kubectl takes 10 000, no manifest needs 50. */
export const MAX_DEPTH = 1000

/** What is wrong with a document, at an offset in its text. Never leaves this folder. */
export class YamlError extends Error {
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** The start of an item of which nothing is written. */
export const NOWHERE = -1

/** What stands where nothing is written. */
export function emptyNode(start: number): ScalarNode {
  return { kind: 'scalar', start, text: '', plain: true, tag: undefined }
}
