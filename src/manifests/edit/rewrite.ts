import { isEqual } from '../../kube/equal.ts'
import type { Json } from '../../model/object.ts'
import { readDocuments } from '../parse-yaml.ts'
import { keepsComments } from './comments.ts'
import { draftOf, spliced } from './draft.ts'
import { type Layout, layoutOf } from './layout.ts'
import { reconcile } from './reconcile.ts'
import { type BlockStyle, blockStyleOf, JSON_STYLE } from './style.ts'

/** One document's text and what it reads as. */
export interface Document {
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
    current = documentIn(step(current, desired, style))
    if (current === undefined || !isEqual(current.value, desired)) continue
    return keepsComments(document.text, current.text) ? current.text : undefined
  }
  return undefined
}

function step({ text, value, layout }: Document, desired: Json, style: BlockStyle): string {
  const draft = draftOf(text, style)
  const whole = { start: layout.start, after: layout.start, value: layout }
  reconcile(draft, whole, { current: value, desired, flow: layout.flow ? JSON_STYLE : undefined })
  return spliced(text, draft.changes.length > 0 ? draft.changes : draft.additions)
}

/** Undefined if the text is not that of one document. */
export function documentIn(text: string): Document | undefined {
  const { documents, errors } = readDocuments(text, '')
  const [document] = documents
  const layout = layoutOf(text)
  if (document === undefined || documents.length > 1 || errors.length > 0) return undefined
  return layout && { text, value: document.value, layout }
}
