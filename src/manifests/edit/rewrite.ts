import { isEqual } from '../../kube/equal.ts'
import type { Json } from '../../model/object.ts'
import { readDocuments } from '../parse-yaml.ts'
import { keepsComments } from './comments.ts'
import { draftOf, spliced } from './draft.ts'
import { type Layout, layoutOf } from './layout.ts'
import { reconcile } from './reconcile.ts'
import { type BlockStyle, blockStyleOf, JSON_STYLE } from './style.ts'

/** One document's text and what it reads as. */
interface Document {
  readonly text: string
  readonly value: Json
  readonly layout: Layout
}

/** What is added comes after what goes, and to change a kind or to empty a parent and fill it takes two rounds; more is for arrays. */
const MAX_ROUNDS = 8

/** The text of the document with another value; undefined if it cannot be made to read as that, or not without loss of a comment. */
export function rewrite(document: Document, desired: Json): string | undefined {
  const style = blockStyleOf(document.text, document.layout)
  let current: Document | undefined = document
  for (let round = 0; round < MAX_ROUNDS && current !== undefined; round++) {
    const next = step(current, desired, style)
    const value = valueOf(next)
    if (value !== undefined && isEqual(value, desired)) return keepsComments(document.text, next) ? next : undefined
    const layout = layoutOf(next)
    current = value === undefined || layout === undefined ? undefined : { text: next, value, layout }
  }
  return undefined
}

function step({ text, value, layout }: Document, desired: Json, style: BlockStyle): string {
  const draft = draftOf(text, style)
  const whole = { start: layout.start, after: layout.start, value: layout }
  reconcile(draft, whole, { current: value, desired, flow: layout.flow ? JSON_STYLE : undefined })
  return spliced(text, draft.changes.length > 0 ? draft.changes : draft.additions)
}

function valueOf(text: string): Json | undefined {
  const { documents, errors } = readDocuments(text, '')
  return documents.length === 1 && errors.length === 0 ? documents[0]?.value : undefined
}
