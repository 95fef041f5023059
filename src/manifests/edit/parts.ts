import type { Layout, Part } from './layout.ts'
import { lineEnd, nextLine } from './lines.ts'

export function isBlockCollection({ kind, flow }: Layout): boolean {
  return kind !== 'scalar' && !flow
}

/** The end of the last line that belongs to a part at this column: comments that are further in than the next part do. */
export function endOfPart(text: string, { value }: Part, column: number): number {
  let end = lineEnd(text, value.end)
  for (let at = nextLine(text, end); at < text.length; at = nextLine(text, at)) {
    const line = text.slice(at, lineEnd(text, at))
    const margin = /^ *(?=#)/.exec(line)?.[0]
    if (margin !== undefined && margin.length > column) end = at + line.length
    else if (line.trim() !== '') break
  }
  return end
}

/** Consecutive parts that go, and what stays around them. */
export interface Run {
  readonly previous: Part | undefined
  readonly first: Part
  readonly last: Part
  readonly next: Part | undefined
}

/** The parts that go, as runs. */
export function runsOf(parts: readonly Part[], gone: ReadonlySet<Part>): Run[] {
  const runs: Run[] = []
  for (const [i, first] of parts.entries()) {
    const previous = parts[i - 1]
    if (!gone.has(first) || (previous !== undefined && gone.has(previous))) continue
    const stays = parts.findIndex((part, k) => k > i && !gone.has(part))
    const last = (stays === -1 ? parts.at(-1) : parts[stays - 1]) ?? first
    runs.push({ previous, first, last, next: parts[stays] })
  }
  return runs
}
