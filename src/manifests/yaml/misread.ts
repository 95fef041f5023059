import { type ScalarNode, YamlError } from './node.ts'
import { skipBlank } from './skip-blank.ts'

// js-yaml reads YAML 1.2 and kubectl 1.1. Where it would make another value of a text than kubectl does, the text is refused.

/** Characters that kubectl refuses, and those at which it and js-yaml do not agree whether a line ends. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]|\r(?!\n)/
/** Nearly every text has none of these, which is sooner seen than that it has none of those. */
const RARE = /[^\n -~]/
/** Unknown to kubectl, but for an escaped line break before an empty line, of which it keeps the latter. */
const ODD_ESCAPE = /\\(?:\/|u[dD][89a-fA-F]|U(?!000|0010)|U0000[dD][89a-fA-F]|\r?\n[ \t]*\r?\n)/

const PROPERTY = /[&!]\S*/y

export function hasControlCharacter(text: string): boolean {
  return RARE.test(text) && CONTROL.test(text)
}

export function refuseControlCharacter(text: string): void {
  const at = text.search(CONTROL)
  if (at === -1) return
  const code = text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')
  throw new YamlError(`the character U+${code} may stand in YAML only as an escape`, at)
}

/** `end`: the offset after the scalar. */
export function refuseOddScalar(node: ScalarNode, end: number, text: string, isInFlow: () => boolean): void {
  if (node.plain) {
    if (isOddInFlow(node, end, text) && isInFlow())
      throw new YamlError(`kubectl reads ${node.text} in another way inside brackets: quote it`, node.start)
  } else if (text[node.start] === '"') {
    const escape = ODD_ESCAPE.exec(text.slice(node.start, end).replaceAll('\\\\', '__'))
    if (escape !== null)
      throw new YamlError('kubectl reads this escape in another way or not at all', node.start + escape.index)
  }
}

/** Inside brackets kubectl takes every `?` for a key's sign, a colon in front for a value's, and none for one that a bracket or comma follows. */
function isOddInFlow({ text: scalar }: ScalarNode, end: number, text: string): boolean {
  return scalar.includes('?') || scalar.startsWith(':') || (text[end] === ':' && /[,[\]{}]/.test(text[end + 1] ?? ''))
}

/**
 * After an item of which nothing is written js-yaml goes on with the dashes of the list around it. `ends`: of each item the offset
 * after it, where something is written.
 */
export function refuseLostDash(start: number, ends: readonly (number | undefined)[], text: string): void {
  let at = skipBlank(text, start)
  for (let property = propertyAt(text, at); property > 0; property = propertyAt(text, at))
    at = skipBlank(text, at + property)
  const column = columnOf(text, at)
  for (const end of ends) {
    const dash = skipBlank(text, at)
    if (columnOf(text, dash) !== column)
      throw new YamlError('the empty item before this one is not read well: write null', dash)
    at = end ?? dash + 1
  }
}

/** The length of the anchor or tag there. */
function propertyAt(text: string, at: number): number {
  PROPERTY.lastIndex = at
  return PROPERTY.exec(text)?.[0].length ?? 0
}

function columnOf(text: string, at: number): number {
  return at - text.lastIndexOf('\n', at - 1)
}
