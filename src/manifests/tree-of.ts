import type { Places } from './positions.ts'
import type { YamlNode } from './yaml/node.ts'
import { readJson } from './yaml/read-json.ts'
import { readYaml } from './yaml/read-yaml.ts'

/** How a document is written; the offsets are the file's. */
export interface Written {
  readonly places: Places
  readonly start: number
  readonly end: number
  readonly isJson: boolean
}

/** The one that was asked for last: trees are large, and whoever reports goes from document to document. */
let last: { readonly written: Written; readonly tree: YamlNode } | undefined

/** The document's syntax tree, read again from its text. */
export function treeOf(written: Written): YamlNode {
  if (last?.written !== written) {
    const text = written.places.textOf(written.start, written.end)
    last = { written, tree: written.isJson ? readJson(text).node : readYaml(text) }
  }
  return last.tree
}
