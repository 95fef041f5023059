import type { Position } from './manifest.ts'

/** From an offset in a file's text to line and column, and to the text of that line. */
export interface Places {
  readonly positionAt: (offset: number) => Position
  readonly quoteAt: (offset: number) => string
}

/** The lines are counted when the first position is wanted. */
export function placesIn(text: string, file: string): Places {
  let starts: readonly number[] | undefined
  const positionAt = (offset: number): Position => {
    starts ??= lineStarts(text)
    const line = lastAtMost(starts, offset)
    return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
  return { positionAt, quoteAt: (offset) => lineAt(text, offset) }
}

/** The line of the text that holds the offset, without its end. */
function lineAt(text: string, offset: number): string {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, end === -1 ? text.length : end).replace(/\r$/, '')
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
