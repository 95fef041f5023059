import { segmentsOf } from '../kube/pointer.ts'
import type { Operation } from '../model/finding.ts'
import type { Json, JsonPointer } from '../model/object.ts'
import { type Splice, spliced } from './edit/draft.ts'
import { type Layout, layoutOf } from './edit/layout.ts'
import { moved } from './edit/move.ts'
import { obstacleAt, repeatedIn } from './edit/obstacle.ts'
import { patched } from './edit/patched.ts'
import { rewrite } from './edit/rewrite.ts'
import { readDocuments } from './parse-yaml.ts'

/** A patch of one of a file's objects. */
export interface Edit {
  /** Counts the file's non-empty documents from 0. */
  readonly document: number
  /** Where in the document the object stands: `''`, or `/items/3` in a List. */
  readonly base: JsonPointer
  /** Of the object, in order; a null on the way to what is added counts as an empty object. */
  readonly operations: readonly Operation[]
}

/** An operation that was not done; `path` is the document's. */
export interface Refusal {
  readonly document: number
  readonly path: JsonPointer
  readonly reason: string
}

const TOO_ODD = 'the document is written in a way that cannot be changed in place'

/**
 * The file's text with the patches made where they belong; all other bytes, every comment among them, stay as they are. What cannot be
 * done that way is refused and the rest done. A document either reads as its patches want afterwards or is not touched.
 */
export function editYaml(text: string, edits: readonly Edit[]): { text: string; refused: Refusal[] } {
  const { documents } = readDocuments(text, '')
  const splices: Splice[] = []
  const refused: Refusal[] = []
  for (const index of new Set(edits.map(({ document }) => document))) {
    const steps = edits.filter(({ document }) => document === index).flatMap(stepsOf)
    const document = documents[index]
    const edited = document
      ? editDocument(text.slice(document.start, document.end), document.value, steps)
      : { text: '', refused: steps.map(({ path }) => ({ path, reason: unreadable(text) })) }
    if (document) splices.push({ from: document.start, to: document.end, text: edited.text })
    refused.push(...edited.refused.map((refusal) => ({ document: index, ...refusal })))
  }
  return { text: spliced(text, splices), refused }
}

/** Why the value at a path of a document cannot be changed where it stands, if it cannot; there may be nothing yet. */
export type Obstacles = (document: number, path: JsonPointer) => string | undefined

/** Those of a file's documents; a layout is worked out when a document's first one is asked for. */
export function obstaclesIn(text: string): Obstacles {
  const { documents } = readDocuments(text, '')
  const found = documents.map(() => undefined as ((path: JsonPointer) => string | undefined) | undefined)
  return (index, path) => {
    const document = documents[index]
    if (document === undefined) return unreadable(text)
    return (found[index] ??= obstaclesOf(layoutOf(text.slice(document.start, document.end))))(path)
  }
}

function obstaclesOf(layout: Layout | undefined): (path: JsonPointer) => string | undefined {
  if (layout === undefined) return () => TOO_ODD
  const repeated = repeatedIn(layout)
  return (path) => obstacleAt(layout, segmentsOf(path), repeated)
}

function stepsOf({ base, operations }: Edit): Operation[] {
  return operations.map((operation) => ({ ...operation, path: base + operation.path }))
}

function unreadable(text: string): string {
  return text.includes('{{') ? 'it is a Helm template: change it there by hand' : 'the document cannot be read'
}

interface Edited {
  readonly text: string
  readonly refused: readonly Omit<Refusal, 'document'>[]
}

function editDocument(text: string, value: Json, operations: readonly Operation[]): Edited {
  const untouched = { text, refused: operations.map(({ path }) => ({ path, reason: TOO_ODD })) }
  const layout = layoutOf(text)
  if (layout === undefined) return untouched
  const obstacles = obstaclesOf(layout)
  const refused: { path: JsonPointer; reason: string }[] = []
  const done: Operation[] = []
  let desired = value
  for (const operation of operations) {
    const { path } = operation
    const obstacle = obstacles(path)
    const next = obstacle === undefined ? patched(desired, operation) : undefined
    if (next === undefined) refused.push({ path, reason: obstacle ?? 'the document has no such place' })
    else {
      desired = next
      done.push(operation)
    }
  }
  const edited = rewrite(moved({ text, value, layout }, done), desired)
  return edited === undefined ? untouched : { text: edited, refused }
}
