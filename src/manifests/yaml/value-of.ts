import type { Json } from '../../model/object.ts'
import { type AliasNode, MAX_DEPTH, type MappingNode, YamlError, type YamlNode } from './node.ts'
import { scalarKey, scalarValue } from './scalar.ts'

/** Values made so far and how many of them by way of aliases; how deep we are, in all and in aliases. */
interface Budget {
  made: number
  aliased: number
  depth: number
  aliasDepth: number
}

type Draft = Record<string, Json>

const MERGE_TAG = 'tag:yaml.org,2002:merge'

/**
 * The JSON that kubectl makes of a document (go.yaml.in/yaml/v2, decode.go), but for duplicate keys: kubectl silently keeps one of them.
 * Throws a YamlError. Nothing in it is shared, however often an anchor is used.
 */
export function valueOf(node: YamlNode): Json {
  return make(node, { made: 0, aliased: 0, depth: 0, aliasDepth: 0 })
}

function make(node: YamlNode, budget: Budget): Json {
  spend(node, budget)
  if (++budget.depth > MAX_DEPTH) throw new YamlError(`nested deeper than ${MAX_DEPTH} levels`, node.start)
  const value = makeUnbounded(node, budget)
  budget.depth--
  return value
}

function makeUnbounded(node: YamlNode, budget: Budget): Json {
  switch (node.kind) {
    case 'scalar':
      return scalarValue(node)
    case 'sequence':
      return node.items.map((item) => make(item, budget))
    case 'mapping':
      return makeObject(node, budget)
    case 'alias':
      return makeTarget(node, budget)
  }
}

/** go-yaml's guard against bombs: small documents may consist of aliases to 99 %, ones of millions of values to 10 %. */
function spend(node: YamlNode, budget: Budget): void {
  budget.made++
  if (budget.aliasDepth > 0) budget.aliased++
  if (budget.aliased <= 100 || budget.made <= 1000) return
  const allowed = 0.99 - 0.89 * Math.min(1, Math.max(0, (budget.made - 400_000) / 3_600_000))
  if (budget.aliased / budget.made > allowed) throw new YamlError('the aliases make it excessively large', node.start)
}

function makeTarget({ target, start }: AliasNode, budget: Budget): Json {
  if (target === undefined) throw new YamlError('the value of the anchor contains itself', start)
  budget.aliasDepth++
  const value = make(target, budget)
  budget.aliasDepth--
  return value
}

function makeObject(node: MappingNode, budget: Budget): Draft {
  const object: Draft = {}
  let merged: Set<string> | undefined
  for (const [key, value] of node.entries) {
    if (isMerge(key)) mergeInto(object, (merged ??= new Set()), value, budget)
    else {
      spend(key, budget)
      const name = keyOf(key)
      if (Object.hasOwn(object, name) && merged?.has(name) !== true)
        throw new YamlError(`the key ${JSON.stringify(name)} is there twice`, key.start)
      set(object, name, make(value, budget))
    }
  }
  return object
}

/** A merge overwrites the keys before it and is overwritten by those after it, unlike in other readers of YAML. */
function mergeInto(object: Draft, merged: Set<string>, value: YamlNode, budget: Budget): void {
  for (const source of mergeSources(value)) {
    const made = make(source, budget) as Draft
    for (const name of Object.keys(made)) {
      set(object, name, made[name] as Json)
      merged.add(name)
    }
  }
}

/** The maps that `<<` brings in, in the order in which they are written over each other: of a list the first wins. */
export function mergeSources(value: YamlNode): readonly YamlNode[] {
  const sources = value.kind === 'sequence' ? value.items.toReversed() : [value]
  const wrong = sources.find((source) => (source.kind === 'alias' ? source.target : source)?.kind !== 'mapping')
  if (wrong !== undefined) throw new YamlError('<< takes a map or a list of maps', wrong.start)
  return sources
}

export function isMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.text === '<<' && (key.plain || key.tag === MERGE_TAG)
}

/** The name of a key in JSON; throws a YamlError where kubectl refuses it. */
export function keyOf(key: YamlNode): string {
  const target = key.kind === 'alias' ? key.target : key
  if (target?.kind !== 'scalar') throw new YamlError('a key may not be a map or a list', key.start)
  return scalarKey(target)
}

/** Plain assignment to `__proto__` would set the prototype. */
function set(object: Draft, name: string, value: Json): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  else object[name] = value
}
