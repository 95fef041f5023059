import { YamlError, type YamlNode } from './node.ts'
import { readJson } from './read-json.ts'
import { skipBlank } from './skip-blank.ts'

/** One document's text and its offset in the file. JSON is parsed on the way, since nothing else tells where it ends. */
export interface Chunk {
  readonly start: number
  readonly text: string
  readonly json?: YamlNode
}

const SEPARATOR = '---'

/**
 * Cuts a file as kubectl does (apimachinery, util/yaml/decoder.go), before it parses anything: into JSON values one after another as long
 * as it is JSON, else at every line that begins with three dashes, whatever it stands in. The errors' offsets are the file's.
 */
export function* splitStream(text: string): Generator<Chunk | YamlError> {
  const from = text.trimStart().startsWith('{') ? yield* splitJson(text) : 0
  if (from !== undefined) yield* splitYaml(text, from)
}

/** Returns where YAML has to go on; undefined at the end. After two JSON values kubectl takes nothing but JSON. */
function* splitJson(text: string): Generator<Chunk | YamlError, number | undefined> {
  let start = 0
  for (let count = 0; /\S/.test(text.slice(start)); count++) {
    const rest = text.slice(start)
    try {
      const { node, end } = readJson(rest)
      yield { start, text: rest.slice(0, end), json: node }
      start += end
    } catch (error) {
      if (!(error instanceof YamlError)) throw error
      if (count < 2) return start + (/^[^\S\n]*\n?/.exec(rest)?.[0].length ?? 0)
      yield new YamlError(error.message, start + error.offset)
      return undefined
    }
  }
  return undefined
}

function* splitYaml(text: string, from: number): Generator<Chunk | YamlError> {
  let start = from
  let at = text.startsWith(SEPARATOR, from) ? from : nextSeparator(text, from)
  for (; at < text.length; at = nextSeparator(text, at)) {
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline + 1
    const rest = text.slice(at + SEPARATOR.length, end).trim()
    if (at > start) yield* cutAtEndMark(text, start, at)
    if (rest === '' || rest.startsWith('#')) start = at > start ? end : at
    else {
      yield new YamlError(
        `kubectl takes nothing but a comment on a line that begins with ---, not ${JSON.stringify(rest.slice(0, 40))}`,
        at,
      )
      start = nextSeparator(text, at)
    }
  }
  if (start < text.length) yield* cutAtEndMark(text, start, text.length)
}

/** Sought without the line break before it, since every line has one. */
function nextSeparator(text: string, from: number): number {
  let at = text.indexOf(SEPARATOR, from + 1)
  while (at !== -1 && text[at - 1] !== '\n') at = text.indexOf(SEPARATOR, at + 1)
  return at === -1 ? text.length : at
}

/** Of what stands between two separators kubectl reads one document and silently drops what follows it. */
function* cutAtEndMark(text: string, start: number, end: number): Generator<Chunk | YamlError> {
  const chunk = text.slice(text[start] === '\uFEFF' ? start + 1 : start, end)
  const offset = end - chunk.length
  const mark = chunk.includes('...') ? /(?:^|\n)\.\.\.(?=\s|$)/.exec(chunk) : null
  const length = mark === null ? chunk.length : mark.index + mark[0].length
  yield { start: offset, text: chunk.slice(0, length) }
  const rest = skipBlank(chunk, length)
  if (rest < chunk.length)
    yield new YamlError('kubectl ignores what stands between `...` and the next `---`', offset + rest)
}
