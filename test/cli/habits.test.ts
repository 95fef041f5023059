import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { evenkeel } from './evenkeel.ts'

t.setTimeout(300_000)

const main = resolve('src/cli/main.ts')
const bad =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web}]}}}\n'
const check = ['check', '--preset', 'strict', 'web.yaml']
const escape = '\u001b'

/** Without what tap has every process do, which listens for signals itself. */
const alone = ['-u', 'NODE_OPTIONS']

const hasScript = spawnSync('script', ['--version']).status === 0
const onTerminal = { skip: hasScript ? false : 'no script (util-linux) to make a terminal with' }

/** On a terminal of its own: what it wrote there, stdout and stderr together. */
async function terminal(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const line = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd, env: { ...process.env, NO_COLOR: '', ...env } })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  child.stdin.end()
  await once(child, 'close')
  return text
}

t.test('a terminal gets colours, unless NO_COLOR or --no-color asks for none', onTerminal, async (t) => {
  const cwd = t.testdir({ 'web.yaml': bad })
  t.match(await terminal(cwd, check), `${escape}[`)
  t.notMatch(await terminal(cwd, check, { NO_COLOR: '1' }), `${escape}[3`)
  t.notMatch(await terminal(cwd, [...check, '--no-color']), `${escape}[3`)
})

t.test('a long run says on a terminal how far it is, and the line is gone at its end', onTerminal, async (t) => {
  const lines = Array.from({ length: 40_000 }, (_, n) => `  - {name: item-${n}, value: [a, b]}`).join('\n')
  const large = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n${lines}\n`
  const cwd = t.testdir({ 'a.yaml': large, 'b.yaml': large, 'c.yaml': bad })
  const text = await terminal(cwd, ['check', '--preset', 'strict', '.'])
  t.match(text, `\r${escape}[Kreading `)
  t.ok(text.lastIndexOf(`\r${escape}[K`) > text.lastIndexOf('reading '), 'it is gone')
  t.notMatch(await terminal(cwd, ['check', '--preset', 'strict', '--quiet', '.']), 'reading ')
  t.notMatch((await evenkeel(['check', '--preset', 'strict', '.'], { cwd })).stderr, 'reading ', 'not into a pipe')
})

t.test('--quiet leaves stderr to errors', async (t) => {
  const cwd = t.testdir({ 'web.yaml': bad })
  t.equal((await evenkeel([...check, '--quiet'], { cwd })).stderr, '')
  t.match((await evenkeel(['check', '--quiet', '--presett', 'x'], { cwd })).stderr, /did you mean "--preset"/)
})

t.test('Ctrl-C in a long run clears its line and ends it as the signal would', onTerminal, async (t) => {
  const lines = Array.from({ length: 40_000 }, (_, n) => `  - {name: item-${n}, value: [a, b]}`).join('\n')
  const large = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n${lines}\n`
  const cwd = t.testdir(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${n}.yaml`, large])))
  const line = `env ${alone.join(' ')} '${process.execPath}' '${main}' check --preset strict -o json=report.json .`
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd })
  let text = ''
  let isPressed = false
  // It may have ended by then.
  child.stdin.on('error', () => undefined)
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    // Once: a second one ends it on the spot.
    if (isPressed || !text.includes('reading ')) return
    isPressed = true
    child.stdin.write('\u0003')
  })
  const [code] = (await once(child, 'close')) as [number]
  t.equal(code, 130)
  t.ok(text.lastIndexOf(`\r${escape}[K`) > text.lastIndexOf('reading '), 'the line is gone')
  t.notOk(existsSync(join(cwd, 'report.json')))
})

t.test('Ctrl-C ends it at once, as a signal, and leaves no half of a file', async (t) => {
  const cwd = t.testdir({})
  const child = spawn(process.execPath, [main, 'check', '-o', 'json=report.json', '-'], {
    cwd,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin.write('apiVersion: v1\n')
  await new Promise((later) => setTimeout(later, 1500))
  child.kill('SIGINT')
  const [, signal] = (await once(child, 'exit')) as [number | null, string]
  t.equal(signal, 'SIGINT', 'which a shell shows as 130')
  t.equal(spawnSync('ls', ['-A'], { cwd }).stdout.toString(), '')
})

t.test('Ctrl-C while another commit is read leaves no copy of that', async (t) => {
  const cwd = t.testdir({
    repository: { 'web.yaml': bad },
    temporary: {},
    bin: {
      git: `#!/bin/sh\ncase "$*" in *cat-file*) touch ../slow; sleep 1;; esac\nexec ${spawnSync('which', ['git'], { encoding: 'utf8' }).stdout.trim()} "$@"\n`,
    },
  })
  chmodSync(join(cwd, 'bin/git'), 0o755)
  const repository = join(cwd, 'repository')
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=b', ...args], { cwd: repository })
  git('init')
  git('add', '.')
  git('commit', '-m', 'c')
  const child = spawn('env', [...alone, process.execPath, main, ...check, '--against', 'HEAD'], {
    cwd: repository,
    stdio: 'ignore',
    env: { ...process.env, TMPDIR: join(cwd, 'temporary'), PATH: `${join(cwd, 'bin')}:${process.env['PATH']}` },
  })
  while (!existsSync(join(cwd, 'slow'))) await new Promise((later) => setTimeout(later, 20))
  t.equal(readdirSync(join(cwd, 'temporary')).length, 1)
  child.kill('SIGINT')
  const [, signal] = (await once(child, 'exit')) as [number | null, string]
  t.equal(signal, 'SIGINT')
  t.strictSame(readdirSync(join(cwd, 'temporary')), [])
})

t.test('Ctrl-C in the middle of writing a report leaves the one before', async (t) => {
  const cwd = t.testdir({ 'report.json': 'old' })
  const program = `import { writeFile } from '${resolve('src/cli/write-file.ts')}'
    writeFile('report.json', (function* () {
      yield '{"half":'
      process.kill(process.pid, 'SIGINT')
      yield ' true}'
    })())`
  const { signal } = spawnSync('env', [...alone, process.execPath, '--input-type=module', '-e', program], {
    cwd,
  })
  t.equal(signal, 'SIGINT')
  t.equal(readFileSync(join(cwd, 'report.json'), 'utf8'), 'old')
})

t.test('a policy that asks nothing is told of wherever it is read, since all that it judges passes', async (t) => {
  const policy =
    'apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: shop}\nspec:\n  environment: production\n'
  const cwd = t.testdir({ 'web.yaml': bad, 'evenkeel.yaml': policy })
  const stderr = /evenkeel\.yaml:5:3: spec\.environment is "production", but there is no preset to choose from/
  for (const args of [
    ['check', 'web.yaml'],
    ['fix', 'web.yaml'],
    ['policy', 'view'],
    ['policy', 'validate', 'evenkeel.yaml'],
  ])
    t.match(await evenkeel(args, { cwd }), { code: 0, stderr }, args.join(' '))
})

t.test('a policy file that is named twice is read once, and two of one name are both told of', async (t) => {
  const policy =
    'apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: shop}\nspec: {extends: strict}\n'
  const cwd = t.testdir({
    policies: { 'a.yaml': policy },
    'link.yaml': t.fixture('symlink', 'policies/a.yaml'),
    'b.yaml': policy,
  })
  const validate = (...files: string[]) => evenkeel(['policy', 'validate', ...files], { cwd })
  for (const again of ['policies/a.yaml', 'policies', './policies/a.yaml', 'link.yaml'])
    t.match(await validate('policies', again), { code: 0, stdout: /^shop: valid, \d+ rules enabled\n$/ }, again)
  t.match(await validate('policies', 'b.yaml'), {
    code: 2,
    stderr: /b\.yaml:3:\d+: metadata\.name "shop" is the name of another policy, at policies\/a\.yaml:3:12/,
  })
})
