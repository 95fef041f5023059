import { printable } from './printable.ts'

const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/y
/** Up to the colon of a key, a comment, or the end; braces, brackets and commas end it in flow style only. */
const PLAIN = /[^\s:#](?:[^\s:#]|:(?!\s|$)|(?<!\s)#|[ \t]+(?![\s:#]|$))*/y
const PLAIN_IN_FLOW = /[^\s:#,[\]{}](?:[^\s:#,[\]{}]|:(?![\s,[\]{}]|$)|(?<!\s)#|[ \t]+(?![\s:#,[\]{}]|$))*/y
const COLON = /[ \t]*:[ \t]*/y

/** The offset after what the expression matches at an offset, or undefined. */
function after(expression: RegExp, text: string, from: number): number | undefined {
  expression.lastIndex = from
  return expression.test(text) ? expression.lastIndex : undefined
}

/** Whether brackets are open on the line, or JSON is written: then a comma ends a value. */
function isFlow(line: string, from: number): boolean {
  const before = line.slice(0, from).replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, '')
  return line[from] === '"' || /[[{][^\]}]*$/.test(before)
}

/**
 * The column after what is written at a column of a line, both from 1: a key with its value if that is a scalar on the same line,
 * the key alone otherwise, an item's scalar. Never an empty region, unless the line ends there.
 */
export function endColumn(line: string, column: number): number {
  const from = column - 1
  const plain = isFlow(line, from) ? PLAIN_IN_FLOW : PLAIN
  const scalar = (at: number) =>
    /[[{|>]/.test(line.charAt(at)) ? undefined : (after(QUOTED, line, at) ?? after(plain, line, at))
  const key = scalar(from)
  if (key === undefined) return Math.min(column + 1, line.length + 1)
  const colon = after(COLON, line, key)
  return (colon === undefined ? key : (scalar(colon) ?? key)) + 1
}

/** Longest piece of a line that is quoted, in characters. */
const WIDTH = 100

/** A line and the marks below it; of a long line what is around. */
export function quoted(line: string, column: number): { readonly text: string; readonly marks: string } {
  const end = endColumn(line, column)
  const first = line.length <= WIDTH ? 0 : Math.max(0, column - 1 - WIDTH / 2)
  const shown = line.slice(first, first + WIDTH)
  const tabs = (text: string) => text.split('\t').map(printable).join('\t')
  const indent = tabs(shown.slice(0, column - 1 - first)).replaceAll(/[^\t]/g, ' ')
  const marks = Math.max(1, Math.min(end, first + WIDTH + 1) - column)
  return { text: tabs(shown), marks: indent + '^'.repeat(marks) }
}
