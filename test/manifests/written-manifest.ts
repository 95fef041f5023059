import fc from 'fast-check'
import { join } from '../../src/kube/pointer.ts'
import type { Json, JsonPointer } from '../../src/model/object.ts'

/** A manifest as some author might have written it, and what a test has to know of it. */
export interface WrittenManifest {
  readonly text: string
  /** A mark in every comment, each there once. */
  readonly comments: readonly string[]
  /** First and last line of every member and item, from 0. */
  readonly spans: ReadonlyMap<JsonPointer, readonly [first: number, last: number]>
  /** The members and items that stand in brackets. */
  readonly inBrackets: ReadonlySet<JsonPointer>
}

interface Author {
  readonly one: <T>(...options: readonly T[]) => T
  /** True once in `times`. */
  readonly rarely: (times: number) => boolean
  readonly eol: string
  readonly step: number
  readonly dashStep: number
  readonly dashGap: string
  readonly comments: string[]
  readonly spans: Map<JsonPointer, [number, number]>
  readonly inBrackets: Set<JsonPointer>
  out: string
  /** A comment line further in would become part of it, and a blank line of one that keeps them. */
  after: 'block scalar' | 'kept lines' | undefined
}

/** Names in JSON and as they are written. */
const KEYS = [
  ['spec', 'spec'],
  ['metadata', 'metadata'],
  ['name', 'name'],
  ['replicas', "'replicas'"],
  ['strategy', '"strategy"'],
  ['app.kubernetes.io/name', 'app.kubernetes.io/name'],
  ['y', '"y"'],
  ['true', 'on'],
  ['8080', '8080'],
  ['a b', 'a b'],
  ['it\'s "odd"', `"it's \\"odd\\""`],
  ['a~b/c', 'a~b/c'],
  ['#hash', "'#hash'"],
  ['image', 'image'],
  ['<<', "'<<'"],
  ['env', 'env'],
] as const

const SCALARS = [
  ...['1', '0644', 'yes', 'false', 'web', '"yes"', "'0'", '25%', '"a # b"', "'it''s'", 'nginx:1.27', 'two words'],
  ...['"line\\nbreak"', '""', 'http://web/#top', '"{{ x }}"'],
]
/** After a dash the first is not for js-yaml: see refuseLostDash. */
const NULLS: readonly string[] = ['', '~', 'null']

/** YAML in any of many styles. */
export function writeYaml(g: fc.GeneratorValue): WrittenManifest {
  const author = authorOf(g)
  const { one, rarely, eol } = author
  if (rarely(3)) author.out += `---${one('', ' # first')}${eol}`
  between(author, 0)
  if (rarely(12)) brackets(author, '', 0, 0)
  else mapping(author, '', 0, 0)
  if (!author.out.endsWith('\n')) endLine(author)
  between(author, 0)
  if (rarely(6)) author.out += `...${eol}`
  else if (rarely(4)) author.out = author.out.slice(0, -eol.length)
  return { ...author, text: author.out }
}

/** The value as JSON in one of the usual styles. */
export function writeJson(g: fc.GeneratorValue, value: Json): WrittenManifest {
  const { one, eol } = authorOf(g)
  const indent = one<string | number | undefined>(undefined, 2, 4, '\t')
  const text = JSON.stringify(value, null, indent).replaceAll('\n', eol) + one('', eol)
  const spans = spansOfJson(value, indent !== undefined)
  return { text, comments: [], spans, inBrackets: new Set(spans.keys()) }
}

function authorOf(g: fc.GeneratorValue): Author {
  const one = <T>(...options: readonly T[]): T => g(fc.constantFrom<T[]>, ...options)
  const rarely = (times: number): boolean => g(fc.nat, { max: times - 1 }) === times - 1
  const step = one(2, 4)
  return {
    one,
    rarely,
    eol: one('\n', '\n', '\r\n'),
    step,
    dashStep: one(0, step),
    dashGap: one(' ', ' ', '   '),
    comments: [],
    spans: new Map(),
    inBrackets: new Set(),
    out: '',
    after: undefined,
  }
}

/** Where `JSON.stringify` puts what: with an indent a line for each member, and one for the bracket after the last. */
function spansOfJson(root: Json, isTall: boolean): Map<JsonPointer, [number, number]> {
  const spans = new Map<JsonPointer, [number, number]>()
  const visit = (value: Json, path: JsonPointer, line: number): number => {
    let last = line
    const inner = typeof value === 'object' && value !== null ? Object.entries(value) : []
    for (const [name, member] of inner) last = visit(member, join(path, name), isTall ? last + 1 : line)
    if (inner.length > 0 && isTall) last++
    spans.set(path, [line, last])
    return last
  }
  visit(root, '', 0)
  return spans
}

function comment({ comments, one }: Author): string {
  const mark = `~${comments.length}~`
  comments.push(mark)
  return one(`# why ${mark}`, `#${mark}: {a: "b`, `# - old: ${mark}`)
}

const pad = (width: number): string => ' '.repeat(width)
const linesOf = ({ out }: Author): number => out.split('\n').length - 1

/** Blank lines and lines of comment before something that begins a line at `column`. */
function between(author: Author, column: number): void {
  const { eol, one, rarely } = author
  while (rarely(5)) {
    if (rarely(3) && author.after !== 'kept lines') author.out += eol
    else {
      const margin = author.after === undefined ? one(column, column, 0, column + 3) : one(column, 0)
      author.out += pad(margin) + comment(author) + eol
      author.after = undefined
    }
  }
}

/** Ends a line of content. */
function endLine(author: Author): void {
  const { one, rarely, eol } = author
  if (rarely(4)) author.out += one(' ', '   ') + comment(author)
  else if (rarely(8)) author.out += '  '
  author.out += eol
  author.after = undefined
}

function someKeys({ one }: Author): (readonly [string, string])[] {
  const first = one(...KEYS.keys())
  return Array.from({ length: one(1, 2, 3, 4) }, (_, i) => KEYS[(first + i * 3) % KEYS.length]!)
}

/** Writes a part and notes its lines. */
function part(author: Author, path: JsonPointer, write: () => void): void {
  const first = linesOf(author)
  write()
  author.spans.set(path, [first, linesOf(author) - (author.out.endsWith('\n') ? 1 : 0)])
}

/** Members from the first key, which may stand after a dash, to the end of the last line. */
function mapping(author: Author, path: JsonPointer, column: number, depth: number): void {
  for (const [i, [name, key]] of someKeys(author).entries()) {
    if (i > 0) {
      between(author, column)
      author.out += pad(column)
    }
    author.out += `${key}:`
    part(author, join(path, name), () => afterColon(author, join(path, name), column, depth))
  }
}

function afterColon(author: Author, path: JsonPointer, column: number, depth: number): void {
  const kind = depth > 3 ? 'inline' : author.one('inline', 'inline', 'mapping', 'mapping', 'sequence')
  if (kind === 'inline') {
    inline(author, path, column, depth)
    return
  }
  endLine(author)
  const inner = column + (kind === 'mapping' ? author.step : author.dashStep)
  between(author, inner)
  author.out += pad(inner)
  if (kind === 'mapping') mapping(author, path, inner, depth + 1)
  else sequence(author, path, inner, depth + 1)
}

function sequence(author: Author, path: JsonPointer, column: number, depth: number): void {
  for (let i = 0; i < author.one(1, 2, 3, 4); i++) {
    if (i > 0) {
      between(author, column)
      author.out += pad(column)
    }
    author.out += '-'
    part(author, join(path, i), () => afterDash(author, join(path, i), column, depth))
  }
}

function afterDash(author: Author, path: JsonPointer, column: number, depth: number): void {
  const { one, dashGap } = author
  const kind = depth > 3 ? 'inline' : one('inline', 'mapping', 'mapping', 'mapping below', 'sequence')
  const inner = column + (kind === 'mapping below' ? 2 : 1 + dashGap.length)
  if (kind === 'inline') {
    inline(author, path, column, depth, NULLS.slice(1))
    return
  }
  if (kind === 'mapping below') {
    endLine(author)
    between(author, inner)
    author.out += pad(inner)
  } else author.out += dashGap
  if (kind === 'sequence') sequence(author, path, inner, depth + 1)
  else mapping(author, path, inner, depth + 1)
}

/** A value that begins on the line of its key or dash, and the end of its last line. */
function inline(author: Author, path: JsonPointer, column: number, depth: number, nulls = NULLS): void {
  const { one, eol } = author
  const gap = one(' ', ' ', ' ', '   ')
  const kind = one('scalar', 'scalar', 'null', 'empty', 'brackets', 'literal', 'quoted', 'long', 'below')
  if (kind === 'literal') {
    literal(author, gap, column)
    return
  }
  if (kind === 'null') author.out += (gap + one(...nulls)).trimEnd()
  else if (kind === 'empty') author.out += gap + one('{}', '[]')
  else if (kind === 'brackets') {
    author.out += gap
    brackets(author, path, column, depth)
  } else if (kind === 'quoted') author.out += `${gap}'one${eol}${eol}${pad(column + 2)}# two'`
  else if (kind === 'long') author.out += `${gap}one${eol}${pad(column + 1)}two`
  else author.out += (kind === 'below' ? eol + pad(column + 2) : gap) + one(...SCALARS)
  endLine(author)
}

function literal(author: Author, gap: string, column: number): void {
  const { one, eol, rarely } = author
  const chomp = one('', '-', '+')
  author.out += `${gap}${one('|', '>')}${chomp}${rarely(4) ? ` ${comment(author)}` : ''}${eol}`
  author.out += `${pad(column + 2)}# no comment${eol}${eol}${pad(column + 4)}text${eol}${eol.repeat(one(0, 0, 1, 2))}`
  author.after = chomp === '+' ? 'kept lines' : 'block scalar'
}

/** Both brackets and what is between; lines break only at `column + 1` and further in. */
function brackets(author: Author, path: JsonPointer, column: number, depth: number): void {
  const { one, rarely, eol } = author
  const isList = path !== '' && one(true, false)
  const isTall = rarely(3)
  const margin = one(' ', '')
  const keys: readonly (readonly [string, string])[] = isList
    ? Array.from({ length: one(0, 1, 2, 3) }, (_, i) => [String(i), ''] as const)
    : someKeys(author)
  author.out += isList ? '[' : '{'
  for (const [i, [name, key]] of keys.entries()) {
    if (i > 0) author.out += `,${isTall && rarely(3) ? ` ${comment(author)}` : ''}${isTall ? '' : ' '}`
    author.out += isTall ? eol + pad(column + 2) : i === 0 ? margin : ''
    const inner = join(path, name)
    author.inBrackets.add(inner)
    part(author, inner, () => {
      author.out += isList ? '' : `${key}: `
      if (depth > 3 || rarely(2)) author.out += one(...SCALARS.slice(0, 10))
      else brackets(author, inner, column + 2, depth + 1)
    })
  }
  if (keys.length > 0) {
    author.out += one('', isTall ? ',' : '')
    author.out += isTall ? (rarely(3) ? ` ${comment(author)}` : '') + eol + pad(column + 1) : margin
  }
  author.out += isList ? ']' : '}'
}
