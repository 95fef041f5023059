import type { Position } from './manifest.ts'

/** From an offset in a file's text to line and column, and to the text that stands there. */
export interface Places {
  readonly positionAt: (offset: number) => Position
  readonly quoteAt: (offset: number) => string
  readonly textOf: (start: number, end: number) => string
  /** The same, by the same offsets, for the lines between them alone: whoever keeps it does not keep the file's text. */
  readonly linesOf: (start: number, end: number) => Places
}

/** Where a text begins that is not a whole file: its offset there and its line. */
interface Beginning {
  readonly offset: number
  readonly line: number
}

/** The lines are counted when the first position is wanted. */
export function placesIn(text: string, file: string, from: Beginning = { offset: 0, line: 1 }): Places {
  let starts: readonly number[] | undefined
  const positionAt = (offset: number): Position => {
    starts ??= lineStarts(text)
    const line = lastAtMost(starts, offset - from.offset)
    return { file, line: from.line + line, column: offset - from.offset - (starts[line] ?? 0) + 1 }
  }
  return {
    positionAt,
    quoteAt: (offset) => lineAt(text, offset - from.offset),
    textOf: (start, end) => text.slice(start - from.offset, end - from.offset),
    linesOf: (start, end) => {
      const first = lineStart(text, start - from.offset)
      const lines = copied(text, first, lineEnd(text, end - from.offset))
      const offset = from.offset + first
      return placesIn(lines, file, { offset, line: positionAt(offset).line })
    },
  }
}

/** The line of the text that holds the offset, without its end. */
function lineAt(text: string, offset: number): string {
  return copied(text, lineStart(text, offset), lineEnd(text, offset)).replace(/\r$/, '')
}

/** A part of the text in memory of its own: V8 keeps a whole text as long as there is a slice of it. */
function copied(text: string, start: number, end: number): string {
  return start === 0 && end === text.length ? text : Buffer.from(text.slice(start, end)).toString()
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The index of the last of the ascending numbers that is not above the limit; the first is not. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle
    else high = middle
  }
  return low
}
