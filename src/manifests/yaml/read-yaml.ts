import yaml from 'js-yaml'
import { refuseControlCharacter, refuseLostDash, refuseOddScalar } from './misread.ts'
import { type Entry, emptyNode, MAX_DEPTH, NOWHERE, YamlError, type YamlNode } from './node.ts'
import { skipBlank } from './skip-blank.ts'

/** js-yaml's parser as its listener sees it; the published types leave out half of this. */
interface State extends Readonly<Pick<yaml.State, 'input' | 'position'>> {
  readonly kind: 'scalar' | 'sequence' | 'mapping' | null
  readonly result: unknown
  /** `?` for plain scalars. */
  readonly tag: string | null
  readonly anchor: string | null
}

/** A finished node, what js-yaml made of it (which tells its parent's structure) and the offset after it. */
interface Finished {
  readonly node: YamlNode
  readonly raw: unknown
  readonly end: number
}

interface Open {
  readonly start: number
  children?: Finished[]
  isFlow?: boolean
}

type Anchors = Map<string, Finished>

const NONE: readonly Finished[] = []
const ALIAS = /\*([\w-]+)/y

/** Scalars stay text and every tag is let through: what they mean is decided as kubectl does, in `value-of.ts`. */
const SYNTAX_ONLY = new yaml.Schema(
  (['scalar', 'sequence', 'mapping'] as const).map(
    (kind) => new yaml.Type('', { kind, multi: true, construct: (raw: unknown): unknown => raw ?? '' }),
  ),
)

/** The syntax tree of the one document in `text`, with whatever keys are there twice; throws a YamlError. */
export function readYaml(text: string): YamlNode {
  refuseControlCharacter(text)
  const open: Open[] = []
  const roots: Finished[] = []
  const anchors: Anchors = new Map()
  const listener = (event: yaml.EventType, state: yaml.State): void => {
    if (event === 'open') open.push({ start: state.position })
    else close(open, roots, state as unknown as State, anchors)
  }
  // A constant of its own, as the published types do not know maxDepth; `json` lets duplicate keys through.
  const options = { schema: SYNTAX_ONLY, json: true, maxDepth: MAX_DEPTH, listener }
  try {
    yaml.loadAll(text, null, options)
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error
    throw new YamlError(error.reason, Math.min(error.mark.position, text.length))
  }
  const [first, second] = roots
  if (second !== undefined) throw new YamlError('kubectl ignores this second document', second.node.start)
  return first?.node ?? emptyNode(text.length)
}

function close(open: Open[], roots: Finished[], state: State, anchors: Anchors): void {
  const frame = open.pop()
  if (frame === undefined) return
  const finished = { node: nodeOf(frame, state, anchors), raw: state.result, end: state.position }
  const { node, raw, end } = finished
  if (node.kind === 'scalar' && raw !== null) refuseOddScalar(node, end, state.input, () => isInFlow(open, state.input))
  if (state.anchor !== null) anchors.set(state.anchor, finished)
  const parent = open.at(-1)
  if (parent === undefined) roots.push(finished)
  else (parent.children ??= []).push(finished)
}

/** Whether brackets or braces are open; a frame is looked at once, since comments before its content may be long. */
function isInFlow(open: readonly Open[], text: string): boolean {
  return open.some((frame) => (frame.isFlow ??= /[[{]/.test(text.charAt(skipBlank(text, frame.start)))))
}

function nodeOf(frame: Open, state: State, anchors: Anchors): YamlNode {
  const tag = tagOf(state)
  // Where a block mapping might begin, js-yaml reads what may be its first key; when no colon follows, that was the whole node.
  const { children = NONE } = frame
  const only = children.length === 1 ? children[0] : undefined
  if (only !== undefined && only.raw === state.result && (state.tag === null || state.kind !== 'scalar'))
    return only.node
  if (state.kind === null) return unwrittenOrAlias(frame.start, tag, state, anchors)
  const start = skipBlank(state.input, frame.start)
  if (state.kind === 'mapping') return { kind: 'mapping', start, entries: entriesOf(children, state.input) }
  if (state.kind === 'sequence') return { kind: 'sequence', start, items: itemsOf(start, children, state) }
  return { kind: 'scalar', start, text: String(state.result), plain: state.tag === '?', tag }
}

/** The author's own tag; a lone `!` says no more than quotes do. */
function tagOf({ tag }: State): string | undefined {
  return tag === '?' || tag === '!' || tag === null ? undefined : tag
}

/** js-yaml gives no kind to an alias, nor to what is not written. */
function unwrittenOrAlias(from: number, tag: string | undefined, state: State, anchors: Anchors): YamlNode {
  const { result: raw, input: text } = state
  if (raw === null || tag !== undefined) return { ...emptyNode(from), plain: state.tag === null, tag }
  const start = skipBlank(text, from)
  ALIAS.lastIndex = start
  const anchor = anchors.get(ALIAS.exec(text)?.[1] ?? '')
  return { kind: 'alias', start, target: anchor?.raw === raw ? anchor?.node : undefined }
}

function entriesOf(children: readonly Finished[], text: string): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at < children.length; at++) {
    const key = children[at] as Finished
    if (hasValue(key, text)) entries.push([key.node, children[++at]?.node ?? emptyNode(key.end)])
    else if (key.raw !== null) entries.push([key.node, emptyNode(key.end)])
  }
  return entries
}

/** Whether the key's colon follows: an explicit key (`? a`) may have none, and then the next key may begin with one. */
function hasValue(key: Finished, text: string): boolean {
  const at = skipBlank(text, key.end)
  return text[at] === ':' && (/\s/.test(text[at + 1] ?? ' ') || !/[\r\n]/.test(text.slice(key.end, at)))
}

/** js-yaml's result has one value an item, also for those of which nothing is written and for pairs without braces. */
function itemsOf(start: number, children: readonly Finished[], { result, input: text }: State): YamlNode[] {
  const raw = result as readonly unknown[]
  let next = 0
  const ends: (number | undefined)[] = []
  const items = raw.map((item): YamlNode => {
    const child = children[next]
    const isWritten = child !== undefined && (item !== null || child.raw === null)
    ends.push(isWritten ? child.end : undefined)
    if (!isWritten) return emptyNode(NOWHERE)
    next++
    if (child.raw === item) return child.node
    const value = hasValue(child, text) ? children[next++]?.node : undefined
    return { kind: 'mapping', start: child.node.start, entries: [[child.node, value ?? emptyNode(child.end)]] }
  })
  if (children.length < raw.length) refuseLostDash(start, ends, text)
  return items
}
