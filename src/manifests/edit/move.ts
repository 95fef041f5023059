import { isEqual } from '../../kube/equal.ts'
import { applied } from '../../kube/patch.ts'
import { join, segmentsOf, valueAt } from '../../kube/pointer.ts'
import type { Operation } from '../../model/finding.ts'
import type { Json, JsonPointer } from '../../model/object.ts'
import { type Splice, spliced } from './draft.ts'
import type { Layout, Part } from './layout.ts'
import { columnOf, lineStart, nextLine, startsLine } from './lines.ts'
import { endOfPart } from './parts.ts'
import { type Document, documentIn } from './rewrite.ts'
import { blockStyleOf } from './style.ts'
import { inlineText } from './write.ts'

/** A member that is taken out of one mapping and put into another. */
interface Move {
  readonly from: JsonPointer
  readonly to: JsonPointer
  readonly value: Json
}

/** The document with whole lines moved where a member that is removed in one place is added in another: its comments go along. */
export function moved(document: Document, operations: readonly Operation[]): Document {
  return movesIn(document.value, operations).reduce((so, move) => {
    const { from, to, value } = move
    const text = withMoved(so.text, so.layout, move)
    const next = text === undefined ? undefined : documentIn(text)
    const wanted = applied(applied(so.value, { op: 'remove', path: from }), { op: 'add', path: to, value })
    return next && isEqual(next.value, wanted) ? next : so
  }, document)
}

function movesIn(root: Json, operations: readonly Operation[]): Move[] {
  return operations.flatMap(({ op, path }) => {
    const found = op === 'remove' ? [path, ...onlyMemberOf(root, path)] : []
    return found.flatMap((from) => operations.flatMap((other) => moveTo(other, from, root)).slice(0, 1))
  })
}

/** What is removed with the parent that it would leave empty. */
function onlyMemberOf(root: Json, path: JsonPointer): JsonPointer[] {
  const value = valueAt(root, path) ?? null
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  return names.length === 1 ? names.map((name) => join(path, name)) : []
}

/** Under another name only what has fields of its own is the same thing for sure. */
function moveTo(operation: Operation, from: JsonPointer, root: Json): Move[] {
  const value = valueAt(root, from) as Json | undefined
  if (operation.op !== 'add' || value === undefined || !isEqual(operation.value, value)) return []
  const to = operation.path
  // An item is no member of a mapping: where it goes, by index or `-`, others make room.
  if (Array.isArray(valueAt(root, to.slice(0, to.lastIndexOf('/'))))) return []
  const isSame = nameOf(to) === nameOf(from) || (typeof value === 'object' && !isEqual(value, {}))
  return isSame && to !== from ? [{ from, to, value }] : []
}

function nameOf(path: JsonPointer): string {
  return segmentsOf(path).at(-1) ?? ''
}

/** Parents that are not there are written before the lines; undefined where it is no matter of lines. */
function withMoved(text: string, layout: Layout, move: Move): string | undefined {
  if (!text.endsWith('\n')) {
    const { eol } = blockStyleOf(text, layout)
    return withMoved(text + eol, layout, move)?.slice(0, -eol.length)
  }
  const source = sourceOf(text, layout, move)
  const target = targetOf(layout, segmentsOf(move.to).slice(0, -1))
  const last = target?.node.parts.at(-1)
  if (source === undefined || target === undefined || last === undefined) return undefined
  const written = writtenAt(text, layout, source.lines, target)
  const at = nextLine(text, endOfPart(text, last, columnOf(text, target.node.start)))
  return written && spliced(text, [...source.splices, { from: at, to: at, text: written }])
}

interface Source {
  readonly lines: string
  readonly splices: readonly Splice[]
}

/** Lines that hold nothing but the member, and what takes them out. */
function sourceOf(text: string, layout: Layout, { from: old, to: fresh }: Move): Source | undefined {
  const path = segmentsOf(old)
  const chain = partsTo(layout, path)
  const [around, part] = chain.slice(-2)
  // A member of the document itself is nobody's to move.
  if (chain.length < path.length || around === undefined || part === undefined) return undefined
  const { value: parent } = around
  if (!isBlockMapping(parent) || !startsLine(text, part.start)) return undefined
  const from = lineStart(text, part.start)
  const to = nextLine(text, endOfPart(text, part, columnOf(text, part.start)))
  const emptied = parent.parts.length === 1 ? [{ from: around.after, to: around.after, text: ' {}' }] : []
  const key =
    nameOf(fresh) === nameOf(old) ? text.slice(part.start, part.after) : `${inlineText(nameOf(fresh), undefined)}:`
  const lines = text.slice(from, part.start) + key + text.slice(part.after, to)
  return { lines, splices: [...emptied, { from, to, text: '' }] }
}

function isBlockMapping({ kind, flow }: Layout): boolean {
  return kind === 'mapping' && !flow
}

/** The parts on the way to a path, as far as there are any. */
function partsTo(layout: Layout, path: readonly string[]): Part[] {
  const chain: Part[] = []
  let node = layout
  for (const segment of path) {
    const part =
      node.kind === 'sequence' ? node.parts[Number(segment)] : node.parts.find(({ name }) => name === segment)
    if (part === undefined) break
    chain.push(part)
    node = part.value
  }
  return chain
}

interface Target {
  readonly node: Layout
  /** Mappings that are to be written in it, each in the one before. */
  readonly missing: readonly string[]
}

function targetOf(layout: Layout, path: readonly string[]): Target | undefined {
  const chain = partsTo(layout, path)
  const node = chain.at(-1)?.value ?? layout
  return isBlockMapping(node) ? { node, missing: path.slice(chain.length) } : undefined
}

function writtenAt(text: string, layout: Layout, lines: string, { node, missing }: Target): string | undefined {
  const { eol, indent } = blockStyleOf(text, layout)
  const column = columnOf(text, node.start)
  const parents = missing.map((name, i) => `${' '.repeat(column + i * indent)}${inlineText(name, undefined)}:${eol}`)
  const rest = indented(lines, column + missing.length * indent)
  return rest === undefined ? undefined : parents.join('') + rest
}

/** Undefined if a line stands further out than the first. */
function indented(lines: string, column: number): string | undefined {
  const margin = /^ */.exec(lines)?.[0] ?? ''
  const isFurtherOut = lines.split('\n').some((line) => line.trim() !== '' && !line.startsWith(margin))
  return isFurtherOut ? undefined : lines.replaceAll(new RegExp(`^${margin}(?=[^\\n]*\\S)`, 'gm'), ' '.repeat(column))
}
