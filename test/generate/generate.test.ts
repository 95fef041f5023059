import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { readExamples } from '../../src/generate/examples.ts'
import { referenceIndex, referencePage } from '../../src/generate/reference.ts'
import { rulesTable } from '../../src/generate/rules-table.ts'
import { rules } from '../../src/rules/index.ts'

const root = join(import.meta.dirname, '..', '..')
const newRule = join(root, 'src/generate/new-rule.ts')

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(file: string, args: readonly string[], cwd = root): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, { cwd })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, out: stdout, err: stderr }
  }
}

const node = (...args: readonly string[]) => run(process.execPath, args)
const tool = (name: string) => join(root, 'node_modules', '.bin', name)

t.test('what is generated is what the rules say now', async (t) => {
  const { code, err } = await node('src/generate/main.ts', '--check')
  t.equal(code, 0, err)
})

t.test('a reference page is the explanation and two fixtures with what is said of them', (t) => {
  for (const rule of rules) {
    const { fails, passes } = readExamples(rule, join(root, 'test/rules'))
    const page = referencePage(rule, { fails, passes })
    t.not(fails.messages.length, 0, `${rule.id}: the failing example fails by default params`)
    t.strictSame(passes.messages, [], `${rule.id}: the passing one does not`)
    for (const text of [fails.text, passes.text, ...fails.messages]) {
      t.ok(page.includes(text.trimEnd()), `${rule.id}: shows ${text.slice(0, 40)}`)
    }
  }
  t.end()
})

t.test('evenkeel explain prints the reference page, from the package as it is shipped', async (t) => {
  for (const { id } of rules) {
    const page = readFileSync(join(root, 'policies/reference', `${id}.md`), 'utf8')
    const { code, out, err } = await node('dist/evenkeel.js', 'explain', id)
    t.equal(code, 0, err)
    t.equal(page.replace(/^<!--.*-->\n/, ''), out, id)
  }
})

t.test('the index links every rule and shows what the presets make of it', (t) => {
  const index = referenceIndex(rules)
  for (const { id, presets } of rules) {
    const { strict, production, staging, development } = presets
    const row = index.split('\n').find((line) => line.startsWith(`| [${id}](${id}.md) |`)) ?? ''
    t.ok(row.includes(`| ${strict} | ${production} | ${staging} | ${development} |`), id)
    t.ok(existsSync(join(root, 'policies/reference', `${id}.md`)), `${id}: the link leads somewhere`)
  }
  t.end()
})

/** A copy of what a rule stands on, with the tools of the original. */
function workshop(dir: string): string {
  for (const folder of ['model', 'kube', 'workloads', 'rollout', 'rules']) {
    cpSync(join(root, 'src', folder), join(dir, 'src', folder), { recursive: true })
  }
  for (const file of ['tsconfig.json', 'eslint.config.js', 'biome.json', 'package.json']) {
    cpSync(join(root, file), join(dir, file))
  }
  mkdirSync(join(dir, '.git'), { recursive: true })
  writeFileSync(join(dir, '.gitignore'), 'node_modules/\n')
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  return dir
}

t.test('a new rule compiles, passes lint and format, and tells what to do next', async (t) => {
  const dir = workshop(t.testdir({}))
  const { code, out, err } = await node(newRule, 'require-pod-labels', '--root', dir)
  t.equal(code, 0, err)
  t.strictSame(readdirSync(join(dir, 'test/rules/require-pod-labels')), ['fail.yaml', 'pass.yaml'])
  t.match(out, /src\/rules\/require-pod-labels\.ts[\s\S]*npm run generate[\s\S]*UPDATE_SNAPSHOTS=1/)
  const ids = [...rules.map(({ id }) => id), 'require-pod-labels'].sort()
  writeFileSync(join(dir, 'src/rules/index.ts'), rulesTable(ids))
  const rule = 'src/rules/require-pod-labels.ts'
  t.strictSame(await run(tool('tsc'), [], dir), { code: 0, out: '', err: '' }, 'it type-checks as a row of the table')
  const format = await run(tool('biome'), ['check', rule, 'src/rules/index.ts'], dir)
  t.equal(format.code, 0, format.out + format.err)
  const lint = await run(tool('eslint'), [rule], dir)
  t.equal(lint.code, 0, lint.out + lint.err)
})

t.test('new-rule refuses what is no id, what is there already, and anything but one id', async (t) => {
  const dir = t.testdir({
    src: { rules: { 'limit-size.ts': 'mine' } },
    test: { rules: { 'limit-age': { 'fail.yaml': 'mine' } } },
  })
  const cases = [
    [['Require-Labels'], /no id of a rule.*require-, disallow- or limit-/],
    [['labels-require'], /no id of a rule/],
    [['require'], /no id of a rule/],
    [['require-../../x'], /no id of a rule/],
    [['require-v2'], /no id of a rule/],
    [['limit-size'], /already: src\/rules\/limit-size\.ts/],
    [['limit-age'], /already: test\/rules\/limit-age\/fail\.yaml/],
    [[], /usage: npm run new-rule ID/],
    [['require-a', 'require-b'], /usage: npm run new-rule ID/],
  ] as const
  for (const [args, message] of cases) {
    const { code, err, out } = await node(newRule, ...args, '--root', dir)
    t.equal(code, 2, args.join(' '))
    t.match(err, message)
    t.equal(out, '')
  }
  t.strictSame(readdirSync(join(dir, 'src/rules')), ['limit-size.ts'], 'nothing was written')
  t.equal(readFileSync(join(dir, 'src/rules/limit-size.ts'), 'utf8'), 'mine')
})
