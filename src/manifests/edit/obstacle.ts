import type { Layout } from './layout.ts'

/** The anchors that aliases in a document name. */
export function repeatedIn(node: Layout): ReadonlySet<string> {
  return new Set([...nodesIn(node)].flatMap(({ alias }) => alias ?? []))
}

function* nodesIn(node: Layout): Generator<Layout> {
  yield node
  for (const { value } of node.parts) yield* nodesIn(value)
}

/**
 * Why the value at a path cannot be changed where it stands: its text is also that of another place or stands in another, or a tag
 * goes with it. Undefined if it can, also if nothing is there yet.
 */
export function obstacleAt(root: Layout, path: readonly string[], repeated: ReadonlySet<string>): string | undefined {
  let node: Layout = root
  for (const segment of path) {
    const obstacle = sharingOf(node, repeated)
    if (obstacle !== undefined) return obstacle
    const part = node.kind === 'sequence' ? node.parts[Number(segment)] : memberOf(node, segment)
    if (part === undefined) return isOpen(node) ? INHERITED : undefined
    node = part.value
  }
  for (const inner of nodesIn(node)) {
    const obstacle = sharingOf(inner, repeated) ?? (isOpen(inner) ? INHERITED : tagOf(inner))
    if (obstacle !== undefined) return obstacle
  }
  return undefined
}

const INHERITED = 'some of the fields there come from elsewhere (<<)'

function sharingOf({ alias, anchor }: Layout, repeated: ReadonlySet<string>): string | undefined {
  if (alias !== undefined) return `what stands there repeats another place (*${alias})`
  return anchor !== undefined && repeated.has(anchor)
    ? `another place repeats what stands there (&${anchor})`
    : undefined
}

function tagOf({ tag }: Layout): string | undefined {
  return tag === undefined ? undefined : `a tag (${tag}) says what stands there`
}

/** A member that a later merge overwrites is not what counts. */
function memberOf({ parts }: Layout, name: string): Layout['parts'][number] | undefined {
  const at = parts.findIndex((part) => part.name === name)
  return at === -1 || parts.slice(at).some((part) => part.name === undefined) ? undefined : parts[at]
}

/** Whether a mapping has members that are not written in it. */
function isOpen({ kind, parts }: Layout): boolean {
  return kind === 'mapping' && parts.some(({ name }) => name === undefined)
}
