import { isEqual } from '../../kube/equal.ts'
import { isObject } from '../../kube/is-object.ts'
import type { Json, JsonObject } from '../../model/object.ts'
import { align } from './align.ts'
import { insertIntoBlock, isFilled, rewriteInBlock } from './block.ts'
import type { Addition, Draft } from './draft.ts'
import { removeFromBlock } from './drop.ts'
import { insertIntoFlow, removeFromFlow, rewriteInFlow } from './flow.ts'
import type { Layout, Part } from './layout.ts'
import { BRACKETS, type FlowStyle, flowStyleOf } from './style.ts'

/** What a part's value is and what it is to be; `flow` if the part stands in brackets. */
interface Change {
  readonly current: Json
  readonly desired: Json
  readonly flow: FlowStyle | undefined
}

/** Writes down what has to be replaced in the text so that the part has the value desired; where it has, nothing. */
export function reconcile(draft: Draft, part: Part, change: Change): void {
  const { current, desired, flow } = change
  if (isEqual(current, desired)) return
  const { kind } = part.value
  if (kind === 'mapping' && isObject(current) && isObject(desired) && keepsSome(part.value, desired))
    reconcileMembers(draft, part.value, { current, desired, flow: within(draft, part.value, flow) })
  else if (kind === 'sequence' && isFilledArray(current) && isFilledArray(desired))
    reconcileItems(draft, part.value, { current, desired, flow: within(draft, part.value, flow) })
  else if (flow === undefined) rewriteInBlock(draft, part, desired)
  else rewriteInFlow(draft, part, desired, flow)
}

function within({ text }: Draft, node: Layout, outer: FlowStyle | undefined): FlowStyle | undefined {
  return node.flow ? flowStyleOf(text, node, outer ?? BRACKETS) : undefined
}

function isFilledArray(value: Json): value is readonly Json[] {
  return Array.isArray(value) && isFilled(value as Json)
}

function keepsSome({ parts }: Layout, desired: JsonObject): boolean {
  return parts.some(({ name }) => name === undefined || Object.hasOwn(desired, name))
}

type Between<T> = { readonly current: T; readonly desired: T; readonly flow: FlowStyle | undefined }

function reconcileMembers(draft: Draft, node: Layout, { current, desired, flow }: Between<JsonObject>): void {
  const gone = new Set<Part>()
  for (const part of node.parts) {
    const { name } = part
    if (name === undefined) continue
    const after = Object.hasOwn(desired, name) ? desired[name] : undefined
    if (after === undefined) gone.add(part)
    else reconcile(draft, part, { current: current[name] as Json, desired: after, flow })
  }
  remove(draft, node, gone)
  const fresh = Object.entries(desired).filter(([name]) => !Object.hasOwn(current, name))
  insert(draft, node, { index: node.parts.length, value: Object.fromEntries(fresh) }, flow)
}

function reconcileItems(draft: Draft, node: Layout, { current, desired, flow }: Between<readonly Json[]>): void {
  const { parts } = node
  const over = align(current, desired)
  const gone = new Set(parts)
  for (const [j, i] of over.entries()) {
    const part = i === undefined ? undefined : parts[i]
    if (i === undefined || part === undefined) continue
    gone.delete(part)
    reconcile(draft, part, { current: current[i] as Json, desired: desired[j] as Json, flow })
  }
  remove(draft, node, gone)
  let index = parts.length
  let fresh: Json[] = []
  for (const [j, item] of [...desired.entries()].toReversed()) {
    const i = over[j]
    if (i === undefined) fresh.unshift(item)
    else {
      insert(draft, node, { index, value: fresh }, flow)
      index = i
      fresh = []
    }
  }
  insert(draft, node, { index, value: fresh }, flow)
}

function remove(draft: Draft, node: Layout, gone: ReadonlySet<Part>): void {
  if (node.flow) removeFromFlow(draft, node, gone)
  else removeFromBlock(draft, node, gone)
}

function insert(draft: Draft, node: Layout, addition: Addition, flow: FlowStyle | undefined): void {
  if (!isFilled(addition.value)) return
  if (flow === undefined) insertIntoBlock(draft, node, addition)
  else insertIntoFlow(draft, node, addition, flow)
}
