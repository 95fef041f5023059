import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { load, loadAll } from 'js-yaml'
import t, { type Test } from 'tap'
import { packaged } from './evenkeel.ts'

// What teams put into their pipelines, run as those do: on the package as it is built.
t.setTimeout(120_000)

const root = resolve('.')
const program = `node "${packaged()}"`
const unsafe = readFileSync('test/rules/require-readiness-probe/fail.yaml', 'utf8')

const policy = `apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: shop}
spec: {extends: strict}
`

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function bash(script: string, cwd: string, env: Readonly<Record<string, string>> = {}): Ran {
  const flags = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script]
  const { status, stdout, stderr } = spawnSync('bash', flags, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { code: status, stdout, stderr }
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
  readonly runs: { readonly steps: readonly { readonly id?: string; readonly run?: string; readonly env?: object }[] }
}

const action = load(readFileSync('action.yml', 'utf8')) as Action

/** The step that checks, with inputs in place of their defaults. */
function runAction(
  t: Test,
  files: Readonly<Record<string, string | Readonly<Record<string, string>>>>,
  given: Readonly<Record<string, string>> = {},
) {
  const cwd = t.testdir({ ...files, out: { summary: 'before\n', output: '' } })
  const inputs = Object.fromEntries(
    Object.entries(action.inputs).map(([name, input]) => [name, given[name] ?? input.default]),
  )
  const step = action.runs.steps.find(({ id }) => id === 'check')
  const env = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => {
      const input = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(String(value))?.[1] ?? ''
      return [name, inputs[input] ?? '']
    }),
  )
  const out = join(cwd, 'out')
  const ran = bash(step?.run ?? 'exit 99', cwd, {
    ...env,
    GITHUB_ACTION_PATH: root,
    RUNNER_TEMP: out,
    GITHUB_STEP_SUMMARY: join(out, 'summary'),
    GITHUB_OUTPUT: join(out, 'output'),
  })
  const read = (file: string) => readFileSync(join(cwd, file), 'utf8')
  return { ...ran, cwd, summary: read('out/summary'), output: read('out/output') }
}

t.test('the GitHub Action annotates, sums up, writes SARIF and ends as check does', async (t) => {
  const given = { paths: 'web.yaml\nmore', options: '--preset=strict\n--fail-on=deny', sarif: 'out/evenkeel.sarif' }
  const { code, stdout, summary, output, cwd } = runAction(
    t,
    { 'web.yaml': unsafe, more: { 'api.yaml': unsafe } },
    given,
  )
  t.equal(code, 1)
  t.match(stdout, /^::error .*file=web\.yaml,line=/m)
  t.match(stdout, /^::error .*file=more\/api\.yaml,line=/m)
  t.match(summary, /^before\n/, 'what was there stays')
  t.match(summary, 'require-readiness-probe')
  t.equal(output, 'exit-code=1\n')
  t.match(JSON.parse(readFileSync(join(cwd, 'out/evenkeel.sarif'), 'utf8')), { version: '2.1.0' })
})

t.test('what the inputs of the Action say is never a command', async (t) => {
  const given = { paths: 'web.yaml $(touch out/hacked)', options: '--preset=strict;touch out/hacked' }
  const { code, cwd } = runAction(t, { 'web.yaml': unsafe }, given)
  t.equal(code, 2)
  t.notOk(existsSync(join(cwd, 'out/hacked')))
})

t.test('the GitLab component leaves both reports, whatever the verdict', async (t) => {
  const [spec, jobs] = loadAll(readFileSync('templates/check.yml', 'utf8')) as [
    { spec: { inputs: Record<string, { default: string }> } },
    { evenkeel: { script: string[]; artifacts: { when: string; reports: Record<string, string> } } },
  ]
  const given: Record<string, string> = { options: '--preset strict', package: '@shop/evenkeel@0.1.0' }
  const filled = (text: string) =>
    text.replaceAll(/\$\[\[ inputs\.(\w+) \]\]/g, (_, name: string) => given[name] ?? spec.spec.inputs[name]!.default)
  const cwd = t.testdir({ 'web.yaml': unsafe, bin: {} })
  // Stands for npm's registry: runs this package, whatever it is called there.
  writeFileSync(join(cwd, 'bin/npx'), `#!/bin/sh\n[ "$1" = --yes ] || exit 99\nshift 2\nexec ${program} "$@"\n`)
  chmodSync(join(cwd, 'bin/npx'), 0o755)
  const { evenkeel } = jobs
  const PATH = `${join(cwd, 'bin')}:${process.env['PATH'] ?? ''}`
  const { code, stdout } = bash(evenkeel.script.map(filled).join('\n'), cwd, { PATH })
  t.equal(code, 1)
  t.match(stdout, 'require-readiness-probe')
  t.equal(evenkeel.artifacts.when, 'always')
  const [quality, junit] = ['codequality', 'junit'].map((name) =>
    readFileSync(join(cwd, evenkeel.artifacts.reports[name] ?? ''), 'utf8'),
  )
  t.match((JSON.parse(quality ?? '') as unknown[])[0], { location: { path: 'web.yaml' } })
  t.match(junit, '<testsuites')
})

t.test('the hooks for pre-commit take the files of a commit', async (t) => {
  const hooks = load(readFileSync('.pre-commit-hooks.yaml', 'utf8')) as {
    id: string
    entry: string
    language: string
  }[]
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> }
  const cwd = t.testdir({ 'web.yaml': unsafe, 'values.yaml': 'a: 1\n', 'evenkeel.yaml': policy })
  const run = (id: string, ...files: readonly string[]) => {
    const { entry = '', language } = hooks.find((hook) => hook.id === id) ?? {}
    t.equal(language, 'node')
    const [name = '', ...args] = entry.split(' ')
    return bash(`node "${join(root, bin[name] ?? '')}" ${[...args, ...files].join(' ')}`, cwd)
  }
  t.equal(run('evenkeel-check', 'web.yaml', 'values.yaml').code, 1)
  t.equal(run('evenkeel-check', 'values.yaml').code, 0, 'a commit without manifests')
  t.equal(run('evenkeel-fix', 'web.yaml').code, 0)
  t.match(readFileSync(join(cwd, 'web.yaml'), 'utf8'), /preStop:\s+sleep:/)
})
