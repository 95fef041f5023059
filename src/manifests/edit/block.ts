import type { Json } from '../../model/object.ts'
import { type Addition, commentsIn, type Draft } from './draft.ts'
import { dropLines } from './drop.ts'
import type { Layout, Part } from './layout.ts'
import { columnOf, lineEnd, startsLine } from './lines.ts'
import { endOfPart, isBlockCollection } from './parts.ts'
import { blockLines, inlineText } from './write.ts'

/** Adds an object's members or an array's items to a block mapping or sequence that has some. */
export function insertIntoBlock(draft: Draft, { start, parts }: Layout, { index, value }: Addition): void {
  const { text, style, additions } = draft
  const column = columnOf(text, start)
  const lines = blockLines(value, style)
  const previous = parts[index - 1]
  if (previous === undefined) {
    additions.push({ from: start, to: start, text: indented([...lines, ''], column, style.eol) + ' '.repeat(column) })
  } else {
    const at = endOfPart(text, previous, column)
    additions.push({ from: at, to: at, text: style.eol + ' '.repeat(column) + indented(lines, column, style.eol) })
  }
}

/** Writes another value of a part, outside of brackets, whose old one has nothing in common with it. */
export function rewriteInBlock(draft: Draft, part: Part, value: Json): void {
  if (!isFilled(value)) writeInline(draft, part, value)
  else if (isBlockCollection(part.value)) writeInline(draft, part, Array.isArray(value) ? [] : {})
  else writeBlock(draft, part, value)
}

export function isFilled(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

/** A value of one line; the comments of what it replaces go to the end of its line, or stay on theirs. */
function writeInline(draft: Draft, { after, value: old }: Part, value: Json): void {
  const { text, changes } = draft
  const written = inlineText(value, text[old.start])
  const isBelow = isBlockCollection(old) && startsLine(text, old.start) && after < old.start
  if (isBelow || old.start === old.end) changes.push({ from: after, to: after, text: ` ${written}` })
  if (isBelow) dropLines(draft, old.start, old.end)
  else if (old.start < old.end) {
    const comments = commentsIn(draft, old.start, old.end)
    changes.push({ from: old.start, to: old.end, text: [written, ...comments].join(' ') })
  }
}

/** A value of several lines in place of a scalar, of what is in brackets, or of nothing. */
function writeBlock(draft: Draft, part: Part, value: Json): void {
  const { text, style, changes } = draft
  const { name, start, after, value: old } = part
  const lines = blockLines(value, style)
  const isItem = name === undefined
  if (isItem && commentsIn(draft, after, lineEnd(text, old.end)).length === 0) {
    const isNothing = old.start === old.end
    const column = isNothing ? columnOf(text, start) + 2 : columnOf(text, old.start)
    changes.push({ from: old.start, to: old.end, text: (isNothing ? ' ' : '') + indented(lines, column, style.eol) })
    return
  }
  const step = Array.isArray(value) && !style.indentSeq ? 0 : style.indent
  const column = columnOf(text, start) + (isItem ? 2 : step)
  const comments = commentsIn(draft, after, old.end).map((comment) => ` ${comment}`)
  changes.push({ from: after, to: old.end, text: comments.join('') })
  const rest = endOfPart(text, part, columnOf(text, start))
  changes.push({ from: rest, to: rest, text: style.eol + ' '.repeat(column) + indented(lines, column, style.eol) })
}

/** Lines as one text, all but the first and empty ones indented. */
function indented(lines: readonly string[], column: number, eol: string): string {
  return lines.map((line, i) => (i === 0 || line.trim() === '' ? line.trim() : ' '.repeat(column) + line)).join(eol)
}
