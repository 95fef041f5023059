import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import jsonPatch from 'fast-json-patch'
import { loadAll } from 'js-yaml'
import t, { type Test } from 'tap'
import { Lexer } from 'yaml'
import { outcomeOf } from '../../src/cli/files/fix.ts'
import { leftToAuthor } from '../../src/cli/files/left-to-author.ts'
import { readWorld } from '../../src/cli/files/read-world.ts'
import { findPolicies } from '../../src/cli/find-policies.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { isFixable } from '../../src/engine/fixable.ts'
import type { Policy } from '../../src/model/policy.ts'
import { rules } from '../../src/rules/index.ts'
import { fixtureFiles, readFixture } from '../rules/read-fixture.ts'
import { evenkeel } from './evenkeel.ts'

t.setTimeout(300_000)

interface Run {
  readonly policies: readonly Policy[]
  readonly now: number
  readonly complete?: boolean
}

type Fixed = ReturnType<typeof outcomeOf>

/** What `evenkeel fix --write FILE…` does, without a process of its own; with what `check` would still find afterwards. */
async function fixAndCheck(files: readonly string[], { policies, now, complete = false }: Run) {
  const texts = new Map<string, string>()
  const read = await readWorld(files, policies, { complete }, texts)
  const fixed = outcomeOf({ ...read, world: { ...read.world, now } }, texts, { output: 'diff', write: true })
  const after = await readWorld(files, policies, { complete })
  const offered = new Set(
    policies.flatMap((policy) => policy.rules.filter((row) => isFixable(row, 'offer')).map(({ rule }) => rule.id)),
  )
  const left = after.manifests.flatMap(({ object }) =>
    evaluate(object, { ...after.world, now }).results.flatMap((result) =>
      result.status === 'fail' && offered.has(result.rule)
        ? result.findings.filter(({ fix, exempt }) => fix !== undefined && exempt === undefined)
        : [],
    ),
  )
  return { fixed, left, lines: [...fixed.pieces] }
}

const textsOf = (files: readonly string[]) => files.map((file) => readFileSync(file, 'utf8'))

/** Documents as js-yaml reads them, with the operations that belong to each done by an independent applier. */
function patched(text: string, file: string, { done }: Fixed): unknown[] {
  const documents = loadAll(text).filter((document) => document !== null)
  for (const { manifest, fixed } of done) {
    const { document, base } = manifest.source
    if (manifest.source.file !== file) continue
    const operations = fixed.operations.map((operation) => ({ ...operation, path: base + operation.path }))
    documents[document] = jsonPatch.applyPatch(documents[document], structuredClone(operations), true).newDocument
  }
  return documents
}

function commentsIn(text: string): string[] {
  let previous = ''
  return [...new Lexer().lex(text)]
    .filter((piece) => {
      const isComment = piece.startsWith('#') && previous !== '\u001f'
      previous = piece
      return isComment
    })
    .map((comment) => comment.trim())
    .sort()
}

/** Fixes the files twice and looks at what has become of them. */
async function checkFixes(t: Test, name: string, files: readonly string[], run: Run): Promise<number> {
  const before = textsOf(files)
  const { fixed, left, lines } = await fixAndCheck(files, run)
  const after = textsOf(files)
  const said = fixed.done.flatMap((one) => leftToAuthor(one, fixed.world, fixed))
  const again = await fixAndCheck(files, run)
  const wrong = [
    fixed.errors.length > 0 && `errors: ${JSON.stringify(fixed.errors)}`,
    left.length > 0 && `still found, with a fix: ${left.map(({ message }) => message).join('; ')}`,
    new Set(said).size < said.length && `said twice: ${said.join('; ')}`,
    again.lines.length > 0 && `a second run changes ${again.lines.join('')}`,
    JSON.stringify(textsOf(files)) !== JSON.stringify(after) && 'a second run changes a text',
    after.some((text, i) => text !== before[i]) !== lines.length > 0 && 'what it says is not what it does',
  ]
  t.same(wrong.filter(Boolean), [], `${name}: fixed once, clean, and the same when fixed twice`)
  for (const [i, file] of files.entries()) {
    t.same(
      loadAll(after[i]!).filter((document) => document !== null),
      patched(before[i]!, file, fixed),
      `${name}: only the changes meant`,
    )
    t.same(commentsIn(after[i]!), commentsIn(before[i]!), `${name}: every comment is there`)
  }
  return lines.length
}

function folderFor(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-fix-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

for (const rule of rules) {
  t.test(`fix --write on every failing fixture of ${rule.id}`, async (t) => {
    const folder = folderFor(t)
    let changes = 0
    for (const path of fixtureFiles(rule.id).filter((file) => basename(file).startsWith('fail'))) {
      const file = join(folder, basename(path))
      cpSync(path, file)
      const { world } = readFixture(rule, path)
      const complete = /^case:.*\bcomplete: true/ms.test(readFileSync(path, 'utf8'))
      changes += await checkFixes(t, basename(path), [file], { policies: world.policies, now: world.now, complete })
    }
    if (isFixable({ rule, enforcement: 'deny', fix: 'off', params: {} }, 'offer'))
      t.ok(changes > 0, 'something was fixed')
  })
}

const seeds = 'test/seeds'
const systems = readdirSync(seeds, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

for (const system of systems)
  for (const choice of [{ policy: [`policies/${system}.yaml`] }, { preset: 'strict' }])
    t.test(`fix --write on the seeds of ${system} by ${choice.policy?.[0] ?? 'strict'}`, async (t) => {
      const { policies } = await findPolicies(choice, process.cwd())
      const folder = folderFor(t)
      cpSync(join(seeds, system), folder, { recursive: true })
      const filesIn = (sub: string) =>
        readdirSync(join(folder, sub))
          .filter((name) => name.endsWith('.yaml'))
          .map((name) => join(folder, sub, name))
      const composed = readdirSync(folder).includes('composed') ? filesIn('composed') : []
      for (const files of [filesIn('.'), ...composed.map((file) => [file])])
        await checkFixes(t, files.length === 1 ? basename(files[0]!) : system, files, {
          policies,
          now: Date.parse('2026-11-21'),
        })
    })

t.test('the same by the command line: what check still finds is what fix said it leaves', async (t) => {
  const folder = folderFor(t)
  cpSync(join(seeds, 'endpoint-stats'), folder, { recursive: true })
  rmSync(join(folder, 'fragments'), { recursive: true })
  const at = { cwd: folder }
  const first = await evenkeel(['fix', '--write', '--preset', 'strict', '.'], at)
  t.equal(first.code, 0, first.stderr)
  const check = await evenkeel(['check', '-o', 'json', '--fail-on', 'never', '--preset', 'strict', '.'], at)
  const { objects } = JSON.parse(check.stdout) as {
    objects: {
      results: {
        findings?: {
          message: string
          verdict: string
          fix?: { atAdmission?: true }
          position: { file: string; line: number }
        }[]
      }[]
    }[]
  }
  const findings = objects.flatMap(({ results }) => results.flatMap(({ findings = [] }) => findings))
  const asked = findings.filter(({ fix, verdict }) => verdict !== 'admit' && fix?.atAdmission !== true)
  const said = first.stderr.split('\n').filter((line) => line.includes('left to you'))
  t.same(
    said.sort(),
    asked.map(({ message, position: { file, line } }) => `evenkeel: ${file}:${line}: left to you: ${message}`).sort(),
  )
  const second = await evenkeel(['fix', '--write', '--preset', 'strict', '.'], at)
  t.match(second, { code: 0, stdout: '' })
})
