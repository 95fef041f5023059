/** A line of a Helm template that says something: neither blank, nor a comment, nor only an action (`{{- if .Values.x }}`). */
export interface TemplateLine {
  /** From 1. */
  readonly number: number
  /** Of what follows the dashes, from 0. */
  readonly column: number
  /** The first dash's column, if the line begins an item. */
  readonly dash: number | undefined
  readonly text: string
}

const ACTION = /\{\{[^{}]*(?:[{}][^{}]+)*\}\}/g

/** The documents of a template, as far as they can be told without rendering it: cut at `---`. */
export function templateDocuments(text: string): TemplateLine[][] {
  const documents: TemplateLine[][] = [[]]
  for (const [index, line] of withoutComments(text).split('\n').entries()) {
    if (line.startsWith('---')) documents.push([])
    else {
      const read = templateLine(line.trimEnd(), index + 1)
      if (read !== undefined) documents.at(-1)?.push(read)
    }
  }
  return documents.filter((lines) => lines.length > 0)
}

/** Comments of templates may have any number of lines, and stay lines here. */
function withoutComments(text: string): string {
  return text.replaceAll(/\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
}

function templateLine(line: string, number: number): TemplateLine | undefined {
  const [, indent = '', dashes = '', text = ''] = /^(\s*)((?:-(?:\s+|$))*)(.*)$/.exec(line) ?? []
  if (text.startsWith('#') || (dashes === '' && text.replaceAll(ACTION, '').trim() === '')) return undefined
  const dash = dashes === '' ? undefined : indent.length
  return { number, column: indent.length + dashes.length, dash, text }
}

/** The key and what stands behind its colon, if the line has one. */
export function entryOf({ text }: TemplateLine): { readonly key: string; readonly value: string } | undefined {
  const [, quoted, plain = '', value = ''] =
    /^(?:["']([^"']*)["']|([^\s"'{}[\]#:][^\s:]*))\s*:(?:\s+(.*))?$/.exec(text) ?? []
  const key = quoted ?? plain
  return key === '' ? undefined : { key, value: value.replace(/\s+#[^{}]*$/, '') }
}

/** How well what is written fits the value that came of it: 2 literally, 1 as far as its actions leave open, 0 not. */
export function fit(written: string, value: unknown): 0 | 1 | 2 {
  const text = written.replace(/^(["'])(.*)\1$/, '$2')
  const [first = '', ...rest] = text.split(ACTION)
  const found = String(value)
  if (rest.length === 0) return text === found ? 2 : 0
  return found.startsWith(first) && holdsInOrder(found.slice(first.length), rest) ? 1 : 0
}

/** Whether the parts follow one another, anything between them, and the last ends the text. */
function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let at = 0
  for (const part of parts.slice(0, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.slice(at).endsWith(parts.at(-1) ?? '')
}
