import { commentsIn, type Draft } from './draft.ts'
import type { Layout, Part } from './layout.ts'
import { columnOf, lineEnd, lineStart, nextLine, startsLine } from './lines.ts'
import { endOfPart, isBlockCollection, type Run, runsOf } from './parts.ts'

/** Removes some, not all, of a block mapping's or sequence's parts. */
export function removeFromBlock(draft: Draft, { parts }: Layout, gone: ReadonlySet<Part>): void {
  const { text } = draft
  for (const run of runsOf(parts, gone)) {
    const { previous, first, last, next } = run
    const header = previous === undefined ? undefined : blockScalarHeader(text, innermostLast(previous.value))
    if (next !== undefined && !startsLine(text, first.start)) dropAfterDash(draft, run, next)
    else if (header === undefined) dropLines(draft, first.start, last.value.end)
    else {
      const end = endOfPart(text, last, columnOf(text, last.start))
      const keepsLines = header.includes('+') && commentsIn(draft, first.start, end).length === 0
      if (keepsLines) dropLines(draft, first.start, endOfBlankLines(text, end), 'keep break')
      else dropLines(draft, first.start, end)
    }
  }
}

/** `|`, `>-` and so on if the node is a block scalar: it would take in comments further in than itself, with a `+` blank lines too. */
function blockScalarHeader(text: string, { start, end }: Layout): string | undefined {
  return /^[|>]\S*/.exec(text.slice(start, end))?.[0]
}

function endOfBlankLines(text: string, end: number): number {
  const next = nextLine(text, end)
  const blank = /^(?:[ \t]*\r?\n)*/.exec(text.slice(next))?.[0] ?? ''
  return blank === '' ? end : next + blank.length - 1
}

function innermostLast(node: Layout): Layout {
  const last = isBlockCollection(node) ? node.parts.at(-1) : undefined
  return last ? innermostLast(last.value) : node
}

/** The next part takes the first one's place after the dash, unless there are comments: those stay where they are. */
function dropAfterDash(draft: Draft, { first, last }: Run, next: Part): void {
  const { text, style, changes } = draft
  const from = first.start
  const rest = nextLine(text, lineEnd(text, last.value.end))
  const comments = commentsIn(draft, from, rest)
  const isNextLine = !text.slice(rest, next.start).includes('\n')
  if (comments.length === 0 && isNextLine) changes.push({ from, to: next.start, text: '' })
  else {
    const margin = style.eol + ' '.repeat(columnOf(text, from))
    const space = comments.length === 0 ? /[ \t]*$/.exec(text.slice(0, from))?.[0].length : 0
    changes.push({ from: from - (space ?? 0), to: rest, text: comments.join(margin) + style.eol })
  }
}

/**
 * Takes out the lines from the one that `from` begins to the one of `to`; comments stay, each on a line of its own. If the text ends
 * there without a line break, it does so afterwards, unless the break before is to be kept.
 */
export function dropLines(draft: Draft, from: number, to: number, last?: 'keep break'): void {
  const { text, style, changes } = draft
  const start = lineStart(text, from)
  const end = lineEnd(text, to)
  const next = nextLine(text, end)
  const kept = commentsIn(draft, start, end).map((comment) => text.slice(start, from) + comment)
  if (next > end || last === 'keep break')
    changes.push({ from: start, to: next, text: kept.map((line) => line + style.eol).join('') })
  else {
    const before = start === 0 ? 0 : lineEnd(text, lineStart(text, start - 1))
    changes.push({ from: before, to: end, text: kept.map((line) => style.eol + line).join('') })
  }
}
