import type { Json, JsonPointer } from '../model/object.ts'
import { type IsLookedAt, isBystander } from './bystander.ts'
import type { InputError, Position } from './manifest.ts'
import { type Places, placesIn } from './positions.ts'
import { treeOf, type Written } from './tree-of.ts'
import { locate } from './yaml/locate.ts'
import { YamlError } from './yaml/node.ts'
import { readYaml } from './yaml/read-yaml.ts'
import { skipBlank } from './yaml/skip-blank.ts'
import { type Chunk, splitStream } from './yaml/split-stream.ts'
import { valueOf } from './yaml/value-of.ts'

/** One document that is not empty, whatever it holds. */
export interface YamlDocument {
  /** Counts the file's documents from 0, empty ones excepted. */
  readonly index: number
  /** Its text is `text.slice(start, end)`; a line of dashes before it is part of it where nothing stood before that. */
  readonly start: number
  readonly end: number
  /** Where its content begins, from 1. */
  readonly line: number
  /** The template that Helm names in a comment in front of what it made of it: `shop/templates/web.yaml`. */
  readonly template: string | undefined
  readonly value: Json
  /** Where the field is written: a key for a field, the value for an item of a list; for what is not there, the deepest parent that is. */
  readonly positionOf: (pointer: JsonPointer) => Position
  /** The line of text that stands there. */
  readonly quoteOf: (pointer: JsonPointer) => string
  /** Whether it is still there in what the file has become. */
  readonly isStillIn: (text: string) => boolean
}

interface Documents {
  readonly documents: YamlDocument[]
  readonly errors: InputError[]
  /** How many documents were passed over. */
  readonly bystanders: number
}

/**
 * Every document of a file as kubectl reads it, except that what kubectl drops in silence (duplicate keys, text after a document's end)
 * is an error here. A broken document is an error too; the others are still read.
 * Where somebody tells what is looked at, objects of other kinds are passed over.
 */
export function readDocuments(text: string, file: string, isLookedAt?: IsLookedAt): Documents {
  const documents: YamlDocument[] = []
  const errors: InputError[] = []
  let bystanders = 0
  const places = placesIn(text, file)
  const hint = text.includes('{{')
    ? '; it looks like a Helm template: render it first (helm template CHART | evenkeel check -)'
    : ''
  for (const chunk of splitStream(text)) {
    const value = readChunk(chunk, isLookedAt)
    if (value === undefined) bystanders++
    else if (value instanceof YamlError) {
      const place = { ...places.positionAt(value.offset), quote: places.quoteAt(value.offset) }
      errors.push({ code: 'EVENKEEL_YAML_INVALID', message: value.message + hint, ...place })
    } else if (value !== null) documents.push(documentOf(chunk as Chunk, value, documents.length + bystanders, places))
  }
  return { documents, errors, bystanders }
}

function readChunk(chunk: Chunk | YamlError, isLookedAt?: IsLookedAt): Json | YamlError | undefined {
  if (chunk instanceof YamlError) return chunk
  return isLookedAt !== undefined && isBystander(chunk.text, isLookedAt) ? undefined : valueIn(chunk)
}

/** The chunk's value, or what is wrong with it at an offset in the file. */
function valueIn({ start, text, json }: Chunk): Json | YamlError {
  try {
    return valueOf(json ?? readYaml(text))
  } catch (error) {
    if (error instanceof YamlError) return new YamlError(error.message, start + Math.max(0, error.offset))
    throw error
  }
}

/**
 * What is kept of the file beside the value are the lines that the document stands on: for a position its syntax tree is read from them
 * again. JSON may have many documents on one line; they share the file's text.
 */
function documentOf({ start, text, json }: Chunk, value: Json, index: number, inFile: Places): YamlDocument {
  const end = start + text.length
  const dashes = skipBlank(text, 0)
  const content = json === undefined && text.startsWith('---', dashes) ? skipBlank(text, dashes + 3) : dashes
  const places = json === undefined ? inFile.linesOf(start, end) : inFile
  const written: Written = { places, start, end, isJson: json !== undefined }
  const offsetOf = (pointer: JsonPointer): number => start + locate(treeOf(written), pointer)
  return {
    index,
    start,
    end,
    line: inFile.positionAt(start + content).line,
    get template() {
      return /^\s*(?:---[^\n]*\n\s*)?# Source: (.*\S)/.exec(places.textOf(start, end))?.[1]
    },
    value,
    positionOf: (pointer) => places.positionAt(offsetOf(pointer)),
    quoteOf: (pointer) => places.quoteAt(offsetOf(pointer)),
    isStillIn: (now) => now.slice(start, end) === places.textOf(start, end),
  }
}
