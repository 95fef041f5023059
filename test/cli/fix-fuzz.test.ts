import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import t from 'tap'
import { outcomeOf } from '../../src/cli/files/fix.ts'
import { leftToAuthor } from '../../src/cli/files/left-to-author.ts'
import { readWorld } from '../../src/cli/files/read-world.ts'
import { findPolicies } from '../../src/cli/find-policies.ts'
import { isEqual } from '../../src/kube/equal.ts'
import { commentsOf } from '../../src/manifests/edit/comments.ts'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'

t.setTimeout(300_000)

const originals = [...globSync('test/seeds/*/*.yaml'), ...globSync('test/rules/*/fail*.yaml')].map((file) =>
  readFileSync(file, 'utf8'),
)
const { policies } = await findPolicies({ preset: 'strict' }, process.cwd())
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-fuzz-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'a.yaml')

const SNIPPETS = [
  ...[' # why', '\n# why\n', '\n\n', '\t', '  ', '---\n', '...\n', '\uFEFF', '{', '}', '[', ']', ': ', '- ', ',', "'"],
  ...[
    '"',
    '|',
    '>-\n',
    '&a ',
    '*a',
    '<<: *a\n',
    '!!str ',
    '{{ .Values.x }}',
    '\r\n',
    '\u0085',
    'é',
    '25%',
    'null',
    '~',
  ],
  ...[
    '? ',
    '%YAML 1.1\n',
    '"__proto__": 1\n',
    'spec: {}\n',
    'strategy: &a\n',
    '  rollingUpdate: *a\n',
    'annotations:\n',
  ],
]

/** One change that a careless hand, or another program, might make. */
function mutated(g: fc.GeneratorValue, text: string): string {
  const one = <T>(...options: readonly T[]): T => g(fc.constantFrom<T[]>, ...options)
  const at = g(fc.nat, { max: text.length })
  const lines = text.split('\n')
  const line = g(fc.nat, { max: lines.length - 1 })
  switch (
    one('insert', 'insert', 'cut', 'line out', 'line twice', 'line in', 'comment', 'CRLF', 'bare end', 'alias', 'flow')
  ) {
    case 'insert':
      return text.slice(0, at) + one(...SNIPPETS) + text.slice(at)
    case 'cut':
      return text.slice(0, at) + text.slice(at + g(fc.nat, { max: 12 }))
    case 'line out':
      return lines.toSpliced(line, 1).join('\n')
    case 'line twice':
      return lines.toSpliced(line, 0, lines[line] ?? '').join('\n')
    case 'line in':
      return lines.with(line, one('  ', ' ', '    ') + (lines[line] ?? '')).join('\n')
    case 'comment':
      return lines.with(line, `${lines[line] ?? ''} ${one('# why', '#', '#: a: b', '# - x')}`).join('\n')
    case 'CRLF':
      return text.replaceAll(/\r?\n/g, '\r\n')
    case 'bare end':
      return text.trimEnd()
    case 'alias':
      return text.replace(/(maxUnavailable|maxSurge|strategy|containers):/, '$1: &x').replace(/\n$/, '\nmore: *x\n')
    case 'flow':
      return text.replace(/( +)rollingUpdate:\n +(\w+: \S+)\n +(\w+: \S+)/, '$1rollingUpdate: {$2, $3}')
  }
}

/** What is wrong with what `fix --write` makes of a file, if anything; and whether it made something of it. */
async function problemOf(text: string): Promise<{ readonly wrong: string | undefined; readonly isChanged: boolean }> {
  writeFileSync(file, text)
  const run = async () => {
    const texts = new Map<string, string>()
    const read = await readWorld([file], policies, { allowEmpty: true }, texts)
    const outcome = outcomeOf(read, texts, { output: 'diff', write: true })
    for (const one of outcome.done) leftToAuthor(one, outcome.world, outcome)
    return { read, outcome, lines: [...outcome.pieces] }
  }
  const { read, outcome } = await run()
  const after = readFileSync(file, 'utf8')
  const before = readDocuments(text.replace(/^\uFEFF/, ''), file)
  const now = readDocuments(after.replace(/^\uFEFF/, ''), file)
  const wanted = before.documents.map(({ value }, index) =>
    outcome.done
      .filter(({ manifest }) => manifest.source.document === index)
      .flatMap(({ manifest, fixed }) =>
        fixed.operations.map((one) => ({ ...one, path: manifest.source.base + one.path })),
      )
      .reduce(
        (so, one) => jsonPatch.applyOperation(structuredClone(so), structuredClone(one), true).newDocument,
        value,
      ),
  )
  const again = await run()
  const wrong = [
    outcome.errors.length > 0 && JSON.stringify(outcome.errors),
    !isEqual(
      now.documents.map(({ value }) => value),
      wanted,
    ) && 'it reads as another value',
    now.errors.length !== before.errors.length && 'more or less of it can be read',
    again.read.errors.length !== read.errors.length && 'more or less of it can be judged',
    after !== text &&
      commentsOf(after).length !== commentsOf(text).length &&
      before.errors.length === 0 &&
      'a comment is lost',
    again.lines.length > 0 && `a second run changes ${again.lines.join('')}`,
  ].find((problem) => problem !== false)
  return { wrong, isChanged: after !== text }
}

t.test('of 2 000 files that something went wrong with, each stays what it is but for its fixes', async (t) => {
  let changed = 0
  const property = fc.asyncProperty(fc.gen(), async (g) => {
    let text = g(fc.constantFrom<string[]>, ...originals)
    for (let i = g(fc.nat, { max: 3 }); i >= 0; i--) text = mutated(g, text)
    const { wrong, isChanged } = await problemOf(text)
    if (isChanged) changed++
    if (wrong !== undefined) throw new Error(`${wrong}\n--- before\n${text}\n--- after\n${readFileSync(file, 'utf8')}`)
  })
  await fc.assert(property, { numRuns: 2000 })
  t.ok(changed > 500, `${changed} were changed`)
})
