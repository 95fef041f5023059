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

const ACTION = /\{\{(?:[^}]|\}(?!\}))*\}\}/g

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
  const parts = text.split(ACTION)
  if (parts.length === 1) return text === String(value) ? 2 : 0
  const pattern = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')
  return new RegExp(`^${pattern}$`, 's').test(String(value)) ? 1 : 0
}
