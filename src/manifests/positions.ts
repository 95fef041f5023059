import type { Position } from './manifest.ts'

export type PositionAt = (offset: number) => Position

/** From an offset in a file's text to line and column; the lines are counted when the first is wanted. */
export function positionsIn(text: string, file: string): PositionAt {
  let starts: readonly number[] | undefined
  return (offset) => {
    starts ??= lineStarts(text)
    const line = lastAtMost(starts, offset)
    return { file, line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
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
