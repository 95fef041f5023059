import { segmentsOf } from '../../kube/pointer.ts'
import type { JsonPointer } from '../../model/object.ts'
import { type MappingNode, NOWHERE, type YamlNode } from './node.ts'
import { isMerge, keyOf, mergeSources } from './value-of.ts'

/** Where something is written and what. */
interface Place {
  readonly at: number
  readonly node: YamlNode
}

/** The offset at which the pointer's field is written (a key, or an item's value), or that of its deepest parent that is written at all. */
export function locate(root: YamlNode, pointer: JsonPointer): number {
  let place: Place = { at: root.start, node: root }
  for (const segment of segmentsOf(pointer)) {
    const next = step(place.node, segment)
    if (next === undefined) break
    place = next
  }
  return place.at
}

function step(node: YamlNode, segment: string): Place | undefined {
  if (node.kind === 'alias') return node.target && step(node.target, segment)
  if (node.kind === 'mapping') return field(node, segment)
  if (node.kind !== 'sequence' || !/^\d+$/.test(segment)) return undefined
  const item = node.items[Number(segment)]
  return item === undefined || item.start === NOWHERE ? undefined : { at: item.start, node: item }
}

/** The entry that counts is the last one that is written, also when a merge writes it. */
function field(node: MappingNode, name: string): Place | undefined {
  let found: Place | undefined
  for (const [key, value] of node.entries) {
    if (isMerge(key)) for (const source of mergeSources(value)) found = step(source, name) ?? found
    else if (keyOf(key) === name) found = { at: key.start, node: value }
  }
  return found
}
