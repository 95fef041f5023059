import type { Json } from '../../model/object.ts'
import { skipBlank } from '../yaml/skip-blank.ts'
import { type Addition, commentsIn, type Draft } from './draft.ts'
import type { Layout, Part } from './layout.ts'
import { indentAt, lineEnd, startsLine } from './lines.ts'
import { runsOf } from './parts.ts'
import type { FlowStyle } from './style.ts'
import { flowParts, flowText } from './write.ts'

/** Removes some, not all, of the parts in a pair of brackets. */
export function removeFromFlow(draft: Draft, { parts }: Layout, gone: ReadonlySet<Part>): void {
  const { text, style, changes } = draft
  for (const { previous, first, last, next } of runsOf(parts, gone)) {
    const from = next === undefined && previous !== undefined ? previous.value.end : first.start
    const to = next?.start ?? last.value.end
    const margin = style.eol + indentAt(text, to)
    const comments = commentsIn(draft, from, to).map((comment) => ` ${comment}${margin}`)
    changes.push({ from, to, text: comments.join('') })
  }
}

/** Adds an object's members or an array's items to brackets that hold some. */
export function insertIntoFlow(draft: Draft, { parts }: Layout, { index, value }: Addition, flow: FlowStyle): void {
  const { text, style, additions } = draft
  const next = parts[index]
  const neighbour = next ?? parts.at(-1)
  if (neighbour === undefined) return
  const hasOwnLine = startsLine(text, neighbour.start)
  const indent = indentAt(text, neighbour.start)
  const gap = hasOwnLine ? style.eol + indent : flow.compact ? '' : ' '
  const written = flowParts(value, flow, { indent, eol: style.eol })
  if (next === undefined) append(draft, neighbour, written, { gap, hasOwnLine })
  else additions.push({ from: next.start, to: next.start, text: written.map((one) => `${one},${gap}`).join('') })
}

interface Placing {
  readonly gap: string
  readonly hasOwnLine: boolean
}

/** After the last part; a comma that ends the list stays one, and a comment on the last part's line stays there. */
function append({ text, additions }: Draft, { value: { end } }: Part, written: string[], placing: Placing): void {
  const { gap, hasOwnLine } = placing
  const comma = skipBlank(text, end)
  const hasComma = text[comma] === ','
  if (!hasComma) additions.push({ from: end, to: end, text: ',' })
  const rest = hasComma ? comma + 1 : end
  const line = lineEnd(text, rest)
  const at = hasOwnLine && /^[ \t]*(?:#|$)/.test(text.slice(rest, line)) ? line : rest
  additions.push({ from: at, to: at, text: gap + written.join(`,${gap}`) + (hasComma ? ',' : '') })
}

/** Writes another value of a part inside of brackets, whose old one has nothing in common with it. */
export function rewriteInFlow(draft: Draft, part: Part, value: Json, flow: FlowStyle): void {
  const { text, style, changes } = draft
  const { start, after, value: old } = part
  const written = flowText(value, flow, { indent: indentAt(text, start), eol: style.eol })
  const margin = style.eol + indentAt(text, old.end)
  const comments = commentsIn(draft, old.start, old.end).map((comment) => ` ${comment}${margin}`)
  if (old.start === old.end) changes.push({ from: after, to: after, text: ` ${written}` })
  else changes.push({ from: old.start, to: old.end, text: comments.join('') + written })
}
