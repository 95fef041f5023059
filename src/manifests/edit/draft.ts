import type { Json } from '../../model/object.ts'
import { type Comment, commentsOf } from './comments.ts'
import type { BlockStyle } from './style.ts'

/** What is to stand in place of `text.slice(from, to)`. */
export interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** A text being edited. What goes or changes and what comes are apart: the one would move the places that the other counts on. */
export interface Draft {
  readonly text: string
  readonly comments: readonly Comment[]
  readonly style: BlockStyle
  readonly changes: Splice[]
  readonly additions: Splice[]
}

/** Members (an object) or items (an array) that a node is to get, and the index of the part that they are to precede. */
export interface Addition {
  readonly index: number
  readonly value: Json
}

export function draftOf(text: string, style: BlockStyle): Draft {
  return { text, comments: commentsOf(text), style, changes: [], additions: [] }
}

/** The comments that begin in a stretch of the text. */
export function commentsIn({ comments }: Draft, from: number, to: number): string[] {
  return comments.filter(({ start }) => start >= from && start < to).map(({ text }) => text)
}

/** The text with all replacements made; of two at the same offset the first given comes first. */
export function spliced(text: string, splices: readonly Splice[]): string {
  let result = ''
  let at = 0
  for (const splice of splices.toSorted((a, b) => a.from - b.from)) {
    result += text.slice(at, splice.from) + splice.text
    at = Math.max(at, splice.to)
  }
  return result + text.slice(at)
}
