import { child, segmentsOf } from '../../kube/pointer.ts'
import type { JsonPointer, KubeObject } from '../../model/object.ts'
import { entryOf, fit, type TemplateLine, templateDocuments } from './template-lines.ts'

/** A line and column of a file, both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A part of a template: its first line names it, the others are what it holds. */
type Block = readonly TemplateLine[]

/**
 * Where the template of a rendered object writes a field, found by its keys and indentation; for what is not written there (it is missing,
 * or an `include` or a value brings it) the deepest parent that is, as in plain YAML.
 */
export function placeInTemplate(template: string, object: KubeObject, pointer: JsonPointer): Place {
  let block = documentOf(templateDocuments(template), object)
  let [line] = block
  let value: unknown = object
  for (const segment of segmentsOf(pointer)) {
    const next = Array.isArray(value) ? item(block, value, segment) : field(block, segment, child(value, segment))
    if (next === undefined) break
    value = child(value, segment)
    line = next.line
    block = next.block
  }
  return line === undefined ? { line: 1, column: 1 } : { line: line.number, column: line.column + 1 }
}

interface Found {
  readonly line: TemplateLine
  readonly block: Block
}

/** The document that can have become the object, by kind and then by name. */
function documentOf(documents: readonly Block[], object: KubeObject): Block {
  const rank = (block: Block): number => {
    const kind = field(block, 'kind', object.kind)
    const metadata = field(block, 'metadata', undefined)
    const name = metadata && field(metadata.block, 'name', object.metadata.name)
    return 10 * fitOf(kind, object.kind) + fitOf(name, object.metadata.name)
  }
  const [first = [], ...others] = documents
  return others.reduce((best, block) => (rank(block) > rank(best) ? block : best), first)
}

function fitOf(found: Found | undefined, value: unknown): number {
  return found === undefined ? 0 : fit(entryOf(found.line)?.value ?? '', value)
}

/** Of several branches that write the field, the one that writes this value. */
function field(block: Block, name: string, value: unknown): Found | undefined {
  const [first] = block
  const found = block.flatMap((line, index): Found[] =>
    line.column === first?.column && entryOf(line)?.key === name ? [{ line, block: inside(block, index) }] : [],
  )
  return found.toSorted((a, b) => fitOf(b, value) - fitOf(a, value))[0]
}

/** What stands below a key: further in, or as a list's dashes at its own column. */
function inside(block: Block, index: number): Block {
  const { column } = block[index] as TemplateLine
  const rest = block.slice(index + 1)
  const end = rest.findIndex(
    (line) => (line.dash ?? line.column) < column || (line.dash === undefined && line.column === column),
  )
  return end === -1 ? rest : rest.slice(0, end)
}

/** An item is known by its literal name, else by its number where no item comes of a loop or a condition, else as the only one. */
function item(block: Block, list: readonly unknown[], segment: string): Found | undefined {
  const starts = block.flatMap(({ dash }, index) => (dash !== undefined && dash === block[0]?.dash ? [index] : []))
  const items = starts.map((start, i) => block.slice(start, starts[i + 1] ?? block.length))
  const name = child(child(list, segment), 'name')
  const ranked = items.map((one) => fitOf(field(one, 'name', name), name))
  const only = (rank: number): Block | undefined =>
    ranked.filter((one) => one === rank).length === 1 ? items[ranked.indexOf(rank)] : undefined
  const numbered = items.length === list.length ? items[Number(segment)] : undefined
  const found = (name === undefined ? undefined : only(2)) ?? numbered ?? only(1)
  return found?.[0] && { line: found[0], block: found }
}
