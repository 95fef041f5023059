import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { evenkeel, eventually, startWebhook } from '../e2e/webhook.ts'

t.setTimeout(120_000)

/** A pipe whose reader has gone. */
function brokenPipe(dir: string): number {
  const path = join(dir, 'pipe')
  execFileSync('mkfifo', [path])
  const both = openSync(path, constants.O_RDWR)
  const writer = openSync(path, 'w')
  closeSync(both)
  return writer
}

/** A pipe that is full, and whose reader does not read. */
function fullPipe(t: Test, dir: string): number {
  const path = join(dir, 'pipe')
  execFileSync('mkfifo', [path])
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  t.teardown(() => closeSync(both))
  t.throws(
    () => {
      for (;;) writeSync(both, 'x'.repeat(4096))
    },
    { code: 'EAGAIN' },
  )
  return openSync(path, 'w')
}

t.test('where the log cannot be written the webhook serves, and ends, as ever', async (t) => {
  const dir = t.testdir({ broken: {}, full: {} })
  const outputs = {
    'a full disk': openSync('/dev/full', 'w'),
    'a reader that has gone': brokenPipe(join(dir, 'broken')),
    'a reader that does not read': fullPipe(t, join(dir, 'full')),
  }
  for (const [name, stdout] of Object.entries(outputs)) {
    const webhook = await startWebhook(['--preset', 'strict', '--lame-duck', '0'], { stdout })
    closeSync(stdout)
    t.teardown(() => webhook.stop())
    t.equal((await webhook.health('/readyz')).status, 200, name)
    t.equal(await webhook.end('TERM'), 0, name)
    t.equal(webhook.log(), '', `${name}: nothing on stderr`)
  }
})

t.test('a pipe among the policies of a directory is passed over, and changes of the others are seen', async (t) => {
  const policy = (name: string): string =>
    `{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: ${name}}, spec: {extends: strict}}`
  const dir = t.testdir({ 'a.yaml': policy('before') })
  execFileSync('mkfifo', [join(dir, 'b.yaml')])
  t.match(await evenkeel(['policy', 'validate', dir]), { code: 0 })
  const webhook = await startWebhook(['--policy', dir, '--lame-duck', '0'])
  t.teardown(() => webhook.stop())
  t.match((await webhook.health('/readyz')).body, '[+]policies: before')
  writeFileSync(join(dir, 'a.yaml'), policy('after'))
  await eventually('the change is seen', async () => /policies: after/.test((await webhook.health('/readyz')).body))
})

t.test('the last lines of the log are written before the end', async (t) => {
  const webhook = await startWebhook(['--preset', 'strict', '--lame-duck', '0'])
  t.teardown(() => webhook.stop())
  t.equal(await webhook.end('TERM'), 0)
  t.match(webhook.log(), /is listening on https:/)
})

t.test(
  'a policy that goes by the labels of namespaces, which the webhook does not see, is complained of',
  async (t) => {
    const policy = (name: string, match: string): string =>
      `---\n{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: ${name}}, spec: {extends: strict, match: ${match}}}\n`
    const label = (key: string): string => `{namespaceSelector: {matchLabels: {${key}: shop}}}`
    const dir = t.testdir({
      'evenkeel.yaml': [
        policy('prod', label('env')),
        policy('named', label('kubernetes.io/metadata.name')),
        policy('sandboxed', `{exclude: ${label('sandbox')}}`),
        policy('partly', '{exclude: {namespaces: [shop], namespaceSelector: {matchLabels: {env: test}}}}'),
      ].join(''),
    })
    const given = ['--policy', join(dir, 'evenkeel.yaml')]
    const unseen = (name: string): string =>
      `policy ${name} matches by namespace labels, which the webhook does not see`
    const told = (name: string): string =>
      `${unseen(name)}: the API server never asks it for the policy's sake, only check and audit judge by that`
    const partly = `${unseen('partly')}: where they decide, only check and audit judge by it`
    const configured = await evenkeel(['webhook-config', '--url', 'https://127.0.0.1', ...given])
    t.equal(configured.code, 0)
    const webhook = await startWebhook([...given, '--lame-duck', '0'])
    t.teardown(() => webhook.stop())
    const ready = await webhook.health('/readyz')
    t.equal(ready.status, 200)
    t.match(
      ready.body,
      `[+]policies: prod, named, sandboxed, partly; ${told('prod')}; ${told('sandboxed')}; ${partly}\n`,
    )
    for (const text of [webhook.log(), configured.stderr]) {
      for (const line of [told('prod'), told('sandboxed'), partly]) t.match(text, line)
      t.notMatch(text, 'policy named')
    }
    t.match(webhook.log(), /"level":"?(warn|40)"?.*policy prod matches/)
    t.match(webhook.log(), /skipped, as the objects they need are not seen here: [a-z, -]*require-disruption-budget/)
  },
)

t.test('so is one that names namespaces about which the webhook is never asked', async (t) => {
  const policy = (name: string, namespaces: string): string =>
    `---\n{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: ${name}}, spec: {extends: strict, match: {namespaces: [${namespaces}]}}}\n`
  const dir = t.testdir({
    'evenkeel.yaml': [
      policy('sys', 'kube-system, kube-public'),
      policy('own', 'evenkeel'),
      policy('shop', 'shop'),
    ].join(''),
  })
  const given = ['--policy', join(dir, 'evenkeel.yaml')]
  const told = (name: string, where: string): string =>
    `policy ${name} names ${where}: the API server never asks the webhook there, only check and audit judge by it`
  const configured = await evenkeel(['webhook-config', ...given])
  t.equal(configured.code, 0)
  t.match(configured.stderr, told('own', 'evenkeel'))
  const webhook = await startWebhook([...given, '--lame-duck', '0'])
  t.teardown(() => webhook.stop())
  t.match((await webhook.health('/readyz')).body, told('sys', 'kube-system, kube-public'))
  for (const text of [webhook.log(), configured.stderr]) {
    t.match(text, told('sys', 'kube-system, kube-public'))
    t.notMatch(text, 'policy shop names')
  }
})

t.test('so is one that refuses nobody but while the webhook is dead', async (t) => {
  const policy = (name: string, rules: string, more = ''): string =>
    `---\n{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: ${name}}, spec: {rules: ${rules}${more}}}\n`
  const later = '{limit-max-surge: {enforcement: deny, enforceAfter: 2999-01-31}}'
  const dir = t.testdir({
    'evenkeel.yaml': [
      policy('watch', '{limit-max-unavailable: warn, require-pre-stop-hook: audit}'),
      policy('later', later),
      policy('lenient', later, ', failurePolicy: Ignore'),
      policy('strict', '{limit-max-unavailable: warn, limit-max-surge: deny}'),
    ].join(''),
  })
  const { code, stderr } = await evenkeel(['webhook-config', '--policy', join(dir, 'evenkeel.yaml')])
  t.equal(code, 0)
  const told = [
    ...stderr.matchAll(/policy (\w+) denies nothing today, but with failurePolicy Fail a dead webhook refuses$/gm),
  ]
  t.strictSame(
    told.map(([, name]) => name),
    ['watch', 'later'],
  )
})

t.test('it is told what the API server goes by, whatever becomes of the policies', async (t) => {
  const policy = (spec: string): string =>
    `{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: shop}, spec: {extends: strict, ${spec}}}\n`
  const cases = {
    'match: {namespaces: [shop]}': 'the namespaces and kinds that policies name',
    'bypass: {users: [ops]}': 'the users and groups of their bypass',
    'match: {kinds: [Deployment]}, bypass: {groups: [oncall]}':
      'the namespaces and kinds that policies name and the users and groups of their bypass',
    'fallback: true': undefined,
  }
  for (const [spec, told] of Object.entries(cases)) {
    const dir = t.testdir({ 'evenkeel.yaml': policy(spec) })
    const { stderr } = await evenkeel(['webhook-config', '--policy', join(dir, 'evenkeel.yaml')])
    t.equal(/asks by (.*): print and apply it again when they change$/m.exec(stderr)?.[1], told, spec)
  }
})
