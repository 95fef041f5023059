import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { exemptionRule } from '../../src/engine/exemption-rule.ts'
import { readExamples } from '../../src/generate/examples.ts'
import { referenceIndex, referencePage } from '../../src/generate/reference.ts'
import { rules } from '../../src/rules/index.ts'
import { packaged } from '../cli/evenkeel.ts'

t.setTimeout(280_000)

const root = join(import.meta.dirname, '..', '..')
const newRule = join(root, 'src/generate/new-rule.ts')

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(file: string, args: readonly string[], cwd = root): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, { cwd, maxBuffer: 64 * 1024 * 1024 })
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
  const program = packaged()
  for (const { id } of [...rules, exemptionRule]) {
    const page = readFileSync(join(root, 'policies/reference', `${id}.md`), 'utf8')
    const { code, out, err } = await node(program, 'explain', id)
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

/** A copy of all that a rule is part of but most of the other rules, with the tools of the original. */
function workshop(dir: string): string {
  const filter = (path: string) => !/\/rules\/(?:require|disallow)-/.test(path)
  for (const part of ['src', 'test/rules', 'test/engine/refused.ts', 'docs', 'README.md', 'package.json']) {
    cpSync(join(root, part), join(dir, part), { recursive: true, filter })
  }
  for (const file of ['tsconfig.json', 'eslint.config.js', 'biome.json']) cpSync(join(root, file), join(dir, file))
  mkdirSync(join(dir, '.git'), { recursive: true })
  writeFileSync(join(dir, '.gitignore'), 'node_modules/\n')
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  return dir
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')))
}

const check = `function check(workload: Workload, { params }: RuleContext<Params>): CheckResult {
  const { enableServiceLinks } = (workload.template.spec ?? {}) as { readonly enableServiceLinks?: boolean }
  if (enableServiceLinks !== true) return []
  const path = \`\${workload.at.template}/spec/enableServiceLinks\`
  const message = \`enableServiceLinks is true, needs false: each Service becomes \${params.min} variables\`
  return [{ path, message, fix: [{ op: 'replace', path, value: false }] }]
}
`

const reasons = `- {kinds: [Deployment, StatefulSet, DaemonSet, Rollout], cells: [skip], because: it can always be judged}
- {kinds: [StatefulSet, DaemonSet, Rollout], cells: [fail, fix], because: its template is judged as a Deployment's is}
`

/** The first step: what only an author can write. */
function write(dir: string, id: string): void {
  edit(join(dir, 'src/rules', `${id}.ts`), (text) =>
    text
      .replace(/function check[\s\S]*?\n}\n/, check)
      .replaceAll("'Say ", "'It is important to say ")
      .replace("fix: 'none'", "fix: 'safe'"),
  )
  const fixtures = join(dir, 'test/rules', id)
  for (const name of ['pass', 'fail']) edit(join(fixtures, `${name}.yaml`), (text) => text.replace('# Say', '# To say'))
  edit(join(fixtures, 'fail.yaml'), (text) =>
    text.replace('      containers', '      enableServiceLinks: true\n      containers'),
  )
  writeFileSync(join(fixtures, 'reasons.yaml'), reasons)
}

t.test('a new rule with a fix passes every test and lint by the steps that are printed', async (t) => {
  const dir = workshop(t.testdir({}))
  const id = 'disallow-service-links'
  const { code, out, err } = await node(newRule, id, '--root', dir)
  t.equal(code, 0, err)
  t.strictSame(readdirSync(join(dir, 'test/rules', id)), ['fail.yaml', 'pass.yaml'])
  const file = `src/rules/${id}.ts`
  const lint = [
    [tool('tsc')],
    [tool('biome'), 'check', file, 'src/rules/index.ts', join('test/rules', id)],
    [tool('eslint'), file],
    [process.execPath, 'src/generate/main.ts', '--check'],
  ]
  const test = (name: string) => [process.execPath, `test/rules/${name}.test.ts`]
  const commands: Readonly<Record<string, readonly string[][]>> = {
    'npm run generate': [[process.execPath, 'src/generate/main.ts']],
    'UPDATE_SNAPSHOTS=1 npx tap run test/rules/fixtures.test.ts': [['env', 'UPDATE_SNAPSHOTS=1', ...test('fixtures')]],
    'npm test -- test/rules/*.test.ts': ['coverage', 'healthy', 'table'].map(test),
    // The packs of the five systems ask for rules that are not here.
    'UPDATE_SNAPSHOTS=1 npx tap run test/seeds/seeds.test.ts': [],
    'npm run lint': lint,
  }
  write(dir, id)
  const steps = out.match(/npm run (?:generate|lint)|UPDATE_SNAPSHOTS=1 [^,]+|npm test -- \S+/g) ?? []
  t.strictSame([...new Set(steps)].sort(), Object.keys(commands).sort())
  for (const step of steps) {
    for (const [program = '', ...args] of commands[step] ?? []) {
      const ended = await run(program, args, dir)
      t.equal(
        ended.code,
        0,
        `${step}: ${args.join(' ')}\n${ended.out
          .split('\n')
          .filter((line) => !/^ *ok /.test(line))
          .join('\n')
          .slice(0, 3000)}${ended.err}`,
      )
    }
  }
  t.match(
    readFileSync(join(dir, 'test/rules/COVERAGE.md'), 'utf8'),
    /\| disallow-service-links \| Deployment \| 1 \+ \d+ \| 1 \| -/,
  )
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
