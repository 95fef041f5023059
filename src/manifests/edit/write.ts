import { Document, Scalar, type ToStringOptions, visit } from 'yaml'
import type { Json, JsonObject } from '../../model/object.ts'
import { scalarValue } from '../yaml/scalar.ts'
import type { BlockStyle, FlowStyle } from './style.ts'

/** What the line that a text goes to begins with, and what ends lines there. */
interface Margin {
  readonly indent: string
  readonly eol: string
}

type Quote = Scalar.QUOTE_DOUBLE | Scalar.QUOTE_SINGLE

/** The lines of a non-empty object or array in block style, none of them indented. */
export function blockLines(value: Json, { indent, indentSeq }: BlockStyle): string[] {
  const document = documentOf(value, (text) => (/^\s|\n\n$/.test(text) ? 'QUOTE_DOUBLE' : undefined))
  return print(document, { indent, indentSeq }).split('\n')
}

/** A scalar or an empty collection on one line outside of brackets; a string keeps the quotes that the old value began with, if any. */
export function inlineText(value: Json, old: string | undefined): string {
  const quote: Quote | undefined = old === '"' ? 'QUOTE_DOUBLE' : old === "'" ? 'QUOTE_SINGLE' : undefined
  return print(
    documentOf([value], (text) => (text.includes('\n') ? 'QUOTE_DOUBLE' : quote)),
    {},
  ).slice(2)
}

/** Any value inside of brackets. */
export function flowText(value: Json, style: FlowStyle, { indent, eol }: Margin): string {
  if (style.quoted && style.step !== undefined)
    return JSON.stringify(value, null, style.step).replaceAll('\n', eol + indent)
  if (style.quoted && style.compact) return JSON.stringify(value)
  // kubectl reads some characters in brackets as nobody else does: see refuseOddScalar.
  const document = documentOf([value], (text) => (style.quoted || /[?:\n]/.test(text) ? 'QUOTE_DOUBLE' : undefined))
  return print(document, { collectionStyle: 'flow', flowCollectionPadding: style.padded }).slice(1, -1).trim()
}

/** The members of an object or the items of an array, each as it stands inside of brackets. */
export function flowParts(value: Json, style: FlowStyle, margin: Margin): string[] {
  const write = (one: Json): string => flowText(one, style, margin)
  if (Array.isArray(value)) return value.map(write)
  const colon = style.quoted && style.compact ? ':' : ': '
  return Object.entries(value as JsonObject).map(([name, member]) => write(name) + colon + write(member))
}

/** `quoteFor` is asked how a string is to be quoted that could also be plain. */
function documentOf(value: Json, quoteFor: (text: string) => Quote | undefined): Document {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value !== 'string') return
      const quote = quoteFor(scalar.value) ?? (isMisread(scalar.value) ? 'QUOTE_DOUBLE' : undefined)
      if (quote !== undefined) scalar.type = quote
    },
  })
  return document
}

function print(document: Document, options: ToStringOptions): string {
  return document.toString({ lineWidth: 0, doubleQuotedAsJSON: true, ...options }).replace(/\n$/, '')
}

/** Whether kubectl would take the text for another value than itself if it had no quotes, or a reader that knows dates. */
function isMisread(text: string): boolean {
  if (/^\d{4}-\d\d?-\d/.test(text)) return true
  try {
    return scalarValue({ kind: 'scalar', start: 0, text, plain: true, tag: undefined }) !== text
  } catch {
    return true
  }
}
