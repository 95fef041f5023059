import { isText } from './scalar.ts'

/** The keys of a document's own map with the word that stands behind each; `''` for what is more than a word. */
export type Outline = ReadonlyMap<string, string>

interface Collection {
  readonly column: number
  readonly isMap: boolean
}

interface Cursor {
  readonly text: string
  at: number
  readonly open: Collection[]
  /** Whether the value of what was read last may still come, on the lines below. */
  isAwaiting: boolean
  /** Whether the plain scalar that was read last may go on on the next line. */
  isContinuable: boolean
  readonly outline: Map<string, string>
}

const PLAIN = String.raw`(?:[\w/($^;=]|-(?=\w))[^\n\r\t:#]*(?:(?::(?=\S)|(?<=\S)#)[^\n\r\t:#]*)*`
const QUOTED = String.raw`"[^"\\\n\r\t]*"|'[^'\n\r\t]*(?:''[^'\n\r\t]*)*'`
const WORD = String.raw`(?:[\w/][\w/.-]*|"[^"\\\n\r\t]*")`
const FLOW = String.raw`\{\}|\[(?:${WORD}(?:, ?${WORD})*)?\]`
const END = String.raw` *(?:(?<= )#[^\n\r]*)?(?:\n|$)`
/** No number, nor null: of those kubectl makes other keys or none. */
const KEY = String.raw`(?!(?:null|Null|NULL):)(?:[A-Za-z_$/][\w./$-]{0,200}|"[^"\\\n\r\t]{1,200}"|'[^'\n\r\t]{1,200}'):`
const BLOCK = String.raw`[|>][+-]? *\n`

const pattern = (source: string): RegExp => new RegExp(source, 'y')
const BLANK = pattern(String.raw` *(?:#[^\n\r]*)?(?:\n|$)`)
const ENTRY = patternsOf(`${KEY} +`)
const ITEM = patternsOf('')
const OPENING = pattern(KEY + END)
const CONTINUATION = pattern(String.raw`[^\s#:][^\n\r\t:#]*(?:(?::(?=\S)|(?<=\S)#)[^\n\r\t:#]*)*(?:\n|$)`)
const NAME = /([A-Za-z]+):(?: +([\w./-]+) *(?:\n|$))?/y
const LINE_END = /\n|$/y
const MAX_OPEN = 100

interface Patterns {
  readonly plain: RegExp
  /** With a sign or a comment at its end. */
  readonly closed: RegExp
  readonly block: RegExp
}

function patternsOf(before: string): Patterns {
  return {
    plain: pattern(`${before}${PLAIN}(?:\\n|$)`),
    closed: pattern(`${before}(?:(?:${QUOTED}|${FLOW})${END}|${PLAIN} #[^\\n\\r]*(?:\\n|$))`),
    block: pattern(before + BLOCK),
  }
}

/**
 * The outline of a document of which nothing but lines of the simplest shape is made: `key: word`, `- item`, block scalars, comments,
 * well indented. Such a document is valid YAML, so it need not be parsed to know that. Undefined for all others, be they valid or not.
 */
export function outlineOf(text: string): Outline | undefined {
  const start = /^(?:---[ ]*\n|[ ]*\n|#[^\n\r]*\n)*/.exec(text)?.[0].length ?? 0
  const cursor: Cursor = { text, at: start, open: [], isAwaiting: true, isContinuable: false, outline: new Map() }
  while (cursor.at < text.length) if (!takeLine(cursor)) return undefined
  return cursor.open[0]?.isMap === true ? cursor.outline : undefined
}

function takeLine(cursor: Cursor): boolean {
  const { text, at } = cursor
  const indent = spacesAt(text, at)
  const first = text[at + indent]
  if (first === '\n' || first === '#' || first === undefined) return takeBlank(cursor, first === '#')
  cursor.at = at + indent
  if (cursor.isContinuable && indent > columnOf(cursor) && take(CONTINUATION, cursor)) return true
  cursor.isContinuable = false
  if (!takeItems(cursor, at)) return false
  const isItem = cursor.at > at + indent
  return (isItem && text[cursor.at - 1] === '\n') || takeNode(cursor, at, isItem)
}

/** Takes the dashes that the line begins with. */
function takeItems(cursor: Cursor, lineStart: number): boolean {
  const { text } = cursor
  while (text[cursor.at] === '-' && isBlank(text[cursor.at + 1])) {
    if (!enter(cursor, cursor.at - lineStart, false)) return false
    cursor.isAwaiting = true
    cursor.at += 1 + spacesAt(text, cursor.at + 1)
    if (take(LINE_END, cursor)) return true
  }
  return true
}

function takeNode(cursor: Cursor, lineStart: number, isItem: boolean): boolean {
  return (isItem && takeValue(cursor, ITEM)) || takeEntry(cursor, cursor.at - lineStart)
}

/** A comment ends a plain scalar, an empty line does not. */
function takeBlank(cursor: Cursor, isComment: boolean): boolean {
  if (isComment) cursor.isContinuable = false
  return take(BLANK, cursor)
}

function takeEntry(cursor: Cursor, column: number): boolean {
  if (!enter(cursor, column, true)) return false
  if (cursor.open.length === 1 && !note(cursor)) return false
  if (takeValue(cursor, ENTRY)) return true
  cursor.isAwaiting = take(OPENING, cursor)
  return cursor.isAwaiting
}

/** Goes on with the map or list at that column, or begins it where a value is to come; false where YAML would want other columns. */
function enter(cursor: Cursor, column: number, isMap: boolean): boolean {
  const { open } = cursor
  while (columnOf(cursor) > column) leave(cursor)
  // The items of a list may stand below its key, at the same column.
  if (isMap && isAt(cursor, column, false)) {
    leave(cursor)
    return isAt(cursor, column, true)
  }
  if (isAt(cursor, column, isMap)) return true
  if (!cursor.isAwaiting || open.length > MAX_OPEN) return false
  open.push({ column, isMap })
  return true
}

function isAt({ open }: Cursor, column: number, isMap: boolean): boolean {
  const top = open.at(-1)
  return top?.column === column && top.isMap === isMap
}

function leave(cursor: Cursor): void {
  cursor.open.pop()
  cursor.isAwaiting = false
}

function columnOf({ open }: Cursor): number {
  return open.at(-1)?.column ?? -1
}

/** Keeps what an entry of the document's own map says; false where that is not plain to see. */
function note({ text, at, outline }: Cursor): boolean {
  NAME.lastIndex = at
  const [, name = '', word = ''] = NAME.exec(text) ?? []
  if (!isText(name) || outline.has(name)) return false
  outline.set(name, word)
  return true
}

function takeValue(cursor: Cursor, { plain, closed, block }: Patterns): boolean {
  const isPlain = take(plain, cursor)
  if (!isPlain && !take(closed, cursor) && !(take(block, cursor) && takeBlock(cursor))) return false
  cursor.isContinuable = isPlain
  cursor.isAwaiting = false
  return true
}

/** The lines of a block scalar: those that stand further in than the map or list that it belongs to. */
function takeBlock(cursor: Cursor): boolean {
  const { text } = cursor
  const least = columnOf(cursor) + 1
  let indent: number | undefined
  while (cursor.at < text.length) {
    const own = spacesAt(text, cursor.at)
    if (isBlank(text[cursor.at + own])) {
      // What an empty line in front says of the indentation is for the parser to tell.
      if (indent === undefined && own > 0) return false
    } else if (own < (indent ??= own)) return own < least
    else if (own < least) return true
    const end = text.indexOf('\n', cursor.at + own)
    cursor.at = end === -1 ? text.length : end + 1
  }
  return true
}

function spacesAt(text: string, at: number): number {
  let end = at
  while (text.charCodeAt(end) === 32) end++
  return end - at
}

function isBlank(character: string | undefined): boolean {
  return character === undefined || character === ' ' || character === '\n'
}

function take(wanted: RegExp, cursor: Cursor): boolean {
  wanted.lastIndex = cursor.at
  if (!wanted.test(cursor.text)) return false
  cursor.at = wanted.lastIndex
  return true
}
