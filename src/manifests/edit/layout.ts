import { isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ScalarNode, YamlError } from '../yaml/node.ts'
import { scalarKey } from '../yaml/scalar.ts'
import { isMerge } from '../yaml/value-of.ts'
import { beforeBreak } from './lines.ts'

/** Where a value stands in its document's text: from `start` up to `end`, comments and line break after it excluded. */
export interface Layout {
  readonly kind: 'mapping' | 'sequence' | 'scalar'
  /** In brackets. */
  readonly flow: boolean
  readonly start: number
  readonly end: number
  readonly parts: readonly Part[]
  readonly anchor?: string
  readonly tag?: string
  /** The anchor that an alias names. */
  readonly alias?: string
}

/** A member of a mapping or an item of a sequence. */
export interface Part {
  /** A member's name in JSON; absent for items and for what has none: a merge (`<<`), an alias as a key. */
  readonly name?: string
  /** Where it begins: at the key, the dash, in brackets the item itself. */
  readonly start: number
  /** Where the value may begin: after the colon or the dash. */
  readonly after: number
  readonly value: Layout
}

/** What may stand before a value. */
interface Properties {
  readonly anchor?: string
  readonly tag?: string
}

interface Token {
  readonly type: string
  readonly offset: number
}

const BEFORE_KEY = ['explicit-key-ind', 'anchor', 'tag']

/** The layout of the one document in `text`; undefined if its syntax is too odd to tell. */
export function layoutOf(text: string): Layout | undefined {
  const { contents, errors } = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
    logLevel: 'silent',
  })
  if (errors.length > 0) return undefined
  try {
    return layOut(text, contents, text.length)
  } catch (error) {
    // js-yaml, which has read the document, makes other keys of it.
    if (error instanceof YamlError) return undefined
    throw error
  }
}

/** `after`: where the value would begin if nothing is written. */
function layOut(text: string, node: unknown, after: number): Layout {
  if (isMap(node)) return collection('mapping', node, membersOf(text, node))
  if (isSeq(node)) return collection('sequence', node, itemsOf(text, node))
  const nothing = { kind: 'scalar', flow: false, start: after, end: after, parts: [] } as const
  if (!isScalar(node) && !isAlias(node)) return nothing
  const [start, end] = node.range ?? [after, after]
  if (start === end) return { ...nothing, ...propertiesOf(node) }
  const at = { ...nothing, start, end: beforeBreak(text, start, end) }
  return isAlias(node) ? { ...at, alias: node.source } : { ...at, ...propertiesOf(node) }
}

function propertiesOf({ anchor, tag }: Properties): Properties {
  return { ...(anchor === undefined ? {} : { anchor }), ...(tag === undefined ? {} : { tag }) }
}

function collection(kind: Layout['kind'], node: YAMLMap | YAMLSeq, parts: readonly Part[]): Layout {
  const [from, to] = node.range ?? [0, 0]
  const flow = node.flow === true
  const start = flow ? from : (parts[0]?.start ?? from)
  const end = flow ? to : (parts.at(-1)?.value.end ?? to)
  return { kind, flow, start, end, parts, ...propertiesOf(node) }
}

function membersOf(text: string, { items }: YAMLMap): Part[] {
  return items.map((pair) => {
    const [keyStart = 0, keyEnd = 0] = (pair.key as { range?: number[] } | null)?.range ?? []
    const start = offsetOf(pair.srcToken?.start, BEFORE_KEY) ?? keyStart
    const colon = offsetOf(pair.srcToken?.sep, ['map-value-ind'])
    const after = colon === undefined ? keyEnd : colon + 1
    return { ...nameOf(pair), start, after, value: layOut(text, pair.value, after) }
  })
}

function nameOf({ key }: Pair): { name?: string } {
  if (!isScalar(key)) return {}
  const plain = key.type === 'PLAIN' && key.tag === undefined
  const node: ScalarNode = { kind: 'scalar', start: 0, text: key.source ?? '', plain, tag: key.tag }
  return isMerge(node) ? {} : { name: scalarKey(node) }
}

function itemsOf(text: string, { items, srcToken }: YAMLSeq): Part[] {
  const tokens: readonly { readonly start: readonly Token[] }[] = srcToken && 'items' in srcToken ? srcToken.items : []
  // A comment after the last item has an entry of its own.
  const dashes = tokens.map(({ start }) => offsetOf(start, ['seq-item-ind'])).filter((dash) => dash !== undefined)
  return items.map((item, i) => {
    const dash = dashes[i]
    const after = dash === undefined ? 0 : dash + 1
    const value = layOut(text, item, after)
    return { start: dash ?? value.start, after: dash === undefined ? value.start : after, value }
  })
}

function offsetOf(tokens: readonly Token[] | undefined, types: readonly string[]): number | undefined {
  return tokens?.find(({ type }) => types.includes(type))?.offset
}
