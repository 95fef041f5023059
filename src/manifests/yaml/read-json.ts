import { type Entry, MAX_DEPTH, YamlError, type YamlNode } from './node.ts'
import { FLOAT_TAG } from './scalar.ts'

interface Cursor {
  readonly text: string
  at: number
  depth: number
}

const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y
const BLANK = /[ \t\r\n]*/y

/** The JSON value that `text` begins with, and the offset after it; throws a YamlError where there is none. */
export function readJson(text: string): { readonly node: YamlNode; readonly end: number } {
  const cursor = { text, at: 0, depth: 0 }
  return { node: readValue(cursor), end: cursor.at }
}

function readValue(cursor: Cursor): YamlNode {
  const start = skip(cursor)
  switch (cursor.text.charAt(start)) {
    case '{':
      return { kind: 'mapping', start, entries: readList(cursor, '}', readEntry) }
    case '[':
      return { kind: 'sequence', start, items: readList(cursor, ']', readValue) }
    case '"':
      return readString(cursor)
    default:
      return readWord(cursor)
  }
}

function readList<T>(cursor: Cursor, close: string, readItem: (cursor: Cursor) => T): T[] {
  const items: T[] = []
  if (++cursor.depth > MAX_DEPTH) throw new YamlError(`nested deeper than ${MAX_DEPTH} levels`, cursor.at)
  cursor.at++
  if (cursor.text[skip(cursor)] !== close) {
    items.push(readItem(cursor))
    while (cursor.text[skip(cursor)] === ',') {
      cursor.at++
      items.push(readItem(cursor))
    }
  }
  expect(cursor, close)
  cursor.depth--
  return items
}

function readEntry(cursor: Cursor): Entry {
  skip(cursor)
  const key = readString(cursor)
  expect(cursor, ':')
  return [key, readValue(cursor)]
}

function readString(cursor: Cursor): YamlNode {
  const { text, at: start } = cursor
  if (text[start] !== '"') throw unexpected(cursor)
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  if (end === -1) throw new YamlError('a string without an end', start)
  cursor.at = end + 1
  try {
    return {
      kind: 'scalar',
      start,
      text: JSON.parse(text.slice(start, end + 1)) as string,
      plain: false,
      tag: undefined,
    }
  } catch {
    throw new YamlError('a string that is not valid JSON', start)
  }
}

function isEscaped(text: string, quote: number): boolean {
  let first = quote
  while (text[first - 1] === '\\') first--
  return (quote - first) % 2 === 1
}

function readWord(cursor: Cursor): YamlNode {
  const start = cursor.at
  WORD.lastIndex = start
  const text = WORD.exec(cursor.text)?.[0]
  if (text === undefined) throw unexpected(cursor)
  cursor.at += text.length
  // In YAML a number that is too large is a string; in JSON it is a number still, and refused as such.
  const isTooLarge = /\d/.test(text) && !Number.isFinite(Number(text))
  return { kind: 'scalar', start, text, plain: true, tag: isTooLarge ? FLOAT_TAG : undefined }
}

function expect(cursor: Cursor, character: string): void {
  if (cursor.text[skip(cursor)] !== character) throw unexpected(cursor)
  cursor.at++
}

/** Moves to what follows white space. */
function skip(cursor: Cursor): number {
  BLANK.lastIndex = cursor.at
  BLANK.test(cursor.text)
  cursor.at = BLANK.lastIndex
  return cursor.at
}

function unexpected({ text, at }: Cursor): YamlError {
  return new YamlError(
    at < text.length ? `unexpected ${JSON.stringify(text[at])} in JSON` : 'the JSON ends too early',
    at,
  )
}
