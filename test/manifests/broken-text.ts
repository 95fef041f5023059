import fc from 'fast-check'

const bits =
  ': |- |? |{|}|[|]|,|"|\'|>|&a |*a|!!str |!|#| #|\n|\n\n|  |\t|\r|<<: |---\n|...\n|%|@|`|\\|~|:|-|\0|\uFEFF|\u2028|__proto__: |{{|kind: Service|kind: Deployment\n|items:\n|\u00e9\u{1f600}|\r\n|- - |"\\u0000"|0644|1e999|!!binary |<<<<<<< HEAD\n'
    .split('|')
    .concat('|')

interface Change {
  readonly name: keyof typeof changes
  /** From 0 to 1, of the text or its lines. */
  readonly at: number
  readonly to: number
  readonly bit: string
}

const inLines = (text: string, change: (lines: string[]) => string[]): string => change(text.split('\n')).join('\n')
const indexIn = (length: number, share: number): number => Math.floor(share * length)
const changes = {
  delete: (text: string, { at, to }: Change) => {
    const offset = indexIn(text.length, at)
    return text.slice(0, offset) + text.slice(offset + 1 + indexIn(4, to))
  },
  insert: (text: string, { at, bit }: Change) => {
    const offset = indexIn(text.length, at)
    return text.slice(0, offset) + bit + text.slice(offset)
  },
  repeat: (text: string, { at, to }: Change) => {
    const offset = indexIn(text.length, at)
    return text.slice(0, offset + indexIn(20, to)) + text.slice(offset)
  },
  cut: (text: string, { at }: Change) => text.slice(0, indexIn(text.length, at)),
  dropLine: (text: string, { at }: Change) => inLines(text, (lines) => lines.toSpliced(indexIn(lines.length, at), 1)),
  moveLine: (text: string, { at, to }: Change) =>
    inLines(text, (lines) => lines.toSpliced(indexIn(lines.length, to), 0, lines[indexIn(lines.length, at)] ?? '')),
  indent: (text: string, { at, bit }: Change) =>
    inLines(text, (lines) => {
      const row = indexIn(lines.length, at)
      return lines.with(row, (bit.trim() === '' ? '\t' : ' ') + (lines[row] ?? ''))
    }),
  crlf: (text: string) => text.replaceAll('\n', '\r\n'),
  nest: (text: string, { at, to }: Change) => {
    const offset = indexIn(text.length, at)
    return (
      text.slice(0, offset) +
      pick(['[', '{a: ', '- ', '&x [*x, '], to).repeat(1 + indexIn(3000, at)) +
      text.slice(offset)
    )
  },
  grow: (text: string, { at, bit }: Change) => {
    const offset = indexIn(text.length, at)
    return text.slice(0, offset) + bit.repeat(20_000) + text.slice(offset)
  },
  dedent: (text: string, { at }: Change) =>
    inLines(text, (lines) => lines.with(indexIn(lines.length, at), (lines[indexIn(lines.length, at)] ?? '').slice(1))),
}
const pick = <T>(from: readonly T[], share: number): T => from[indexIn(from.length, share)] as T
const rarely: readonly string[] = ['nest', 'grow']
const names = (Object.keys(changes) as (keyof typeof changes)[]).flatMap((name) =>
  Array<typeof name>(rarely.includes(name) ? 1 : 20).fill(name),
)
const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const change: fc.Arbitrary<Change> = fc.record({
  name: fc.constantFrom(...names),
  at: share,
  to: share,
  bit: fc.constantFrom(...bits),
})

/** One of the texts after a slip or six: bytes and lines gone, doubled or moved, signs of YAML in odd places, depth and size. */
export function brokenText(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([text, made]) => made.reduce((so, one) => changes[one.name](so, one), text))
}
