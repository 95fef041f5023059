import type { Layout } from './layout.ts'
import { columnOf, indentAt, startsLine } from './lines.ts'

/** How a document's author breaks lines and indents. */
export interface BlockStyle {
  readonly eol: string
  /** Spaces that a nested mapping is further in than its key. */
  readonly indent: number
  /** Whether dashes stand further in than the key above them. */
  readonly indentSeq: boolean
}

/** How an author writes in brackets. */
export interface FlowStyle {
  /** As JSON wants it: names and strings in double quotes. */
  readonly quoted: boolean
  /** No space after colons and commas. */
  readonly compact: boolean
  /** A space after `{` and before `}`. */
  readonly padded: boolean
  /** What lines are further in than the bracket's line; undefined if all is on one line. */
  readonly step: string | undefined
}

/** What is not in brackets in a document that is: nothing, so names have quotes as in JSON until one has none. */
export const JSON_STYLE: FlowStyle = { quoted: true, compact: false, padded: false, step: undefined }
export const BRACKETS: FlowStyle = { ...JSON_STYLE, quoted: false }

/** As the first nested mapping and the first sequence are written; else two spaces, and dashes under their key as kubectl has them. */
export function blockStyleOf(text: string, root: Layout): BlockStyle {
  const steps = [...stepsIn(text, root)]
  const indent = steps.find(({ kind }) => kind === 'mapping')?.step ?? 2
  const indentSeq = (steps.find(({ kind }) => kind === 'sequence')?.step ?? 0) > 0
  return { eol: /\r?\n/.exec(text)?.[0] ?? '\n', indent, indentSeq }
}

function* stepsIn(text: string, node: Layout): Generator<{ kind: Layout['kind']; step: number }> {
  for (const { start, value } of node.parts) {
    if (value.flow || value.kind === 'scalar') continue
    if (node.kind === 'mapping') yield { kind: value.kind, step: columnOf(text, value.start) - columnOf(text, start) }
    yield* stepsIn(text, value)
  }
}

/** The style of a node in brackets, from what it holds; `outer` where that does not tell. */
export function flowStyleOf(text: string, node: Layout, outer: FlowStyle): FlowStyle {
  const [first, second] = node.parts
  if (first === undefined) return outer
  const isQuoted = node.parts.every(({ start }) => text[start] === '"')
  const bracketLine = indentAt(text, node.start)
  return {
    quoted: isQuoted || (node.kind === 'sequence' && outer.quoted),
    compact: node.kind === 'mapping' ? first.after === first.value.start : isCompact(text, second?.start, outer),
    padded: text[node.start + 1] === ' ',
    step: startsLine(text, first.start) ? indentAt(text, first.start).slice(bracketLine.length) : undefined,
  }
}

function isCompact(text: string, second: number | undefined, outer: FlowStyle): boolean {
  return second === undefined ? outer.compact : text[second - 1] === ','
}
