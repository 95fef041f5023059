import { isForTools } from './for-tools.ts'
import { hasControlCharacter } from './yaml/misread.ts'
import { isText } from './yaml/scalar.ts'
import { type Outline, outlineOf } from './yaml/simple-yaml.ts'

/** Tells by an object's kind, as it is written, whether anybody looks at such objects. */
export type IsLookedAt = (kind: string) => boolean

/**
 * Whether a document is one object of a kind that nobody looks at, as most of a repository is: definitions, dashboards, roles. It need
 * not be parsed: its outline tells that it is valid YAML and what it is. What is left unsaid of it are keys that stand twice deeper
 * down, and metadata of wrong types. No kind of the outline is hidden from it: an object's own keys stand at the start of a line.
 */
export function isBystander(text: string, isLookedAt: IsLookedAt): boolean {
  const kind = /^kind: +(\w+)/m.exec(text)?.[1]
  if (kind === undefined || isLookedAt(kind) || hasControlCharacter(text)) return false
  const outline = outlineOf(text)
  return outline !== undefined && isObject(outline) && !isLookedAt(outline.get('kind') ?? '')
}

/** Not what has objects in it, nor what only tools read. */
function isObject(outline: Outline): boolean {
  const apiVersion = outline.get('apiVersion') ?? ''
  const isWhole = outline.has('metadata') && isText(apiVersion) && isText(outline.get('kind') ?? '')
  return isWhole && !outline.has('items') && !isForTools(apiVersion)
}
