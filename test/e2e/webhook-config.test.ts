import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { startControlPlane } from '../cluster/control-plane.ts'
import { careless, yaml } from './manifests.ts'
import { register } from './registration.ts'
import { evenkeel, eventually, startWebhook } from './webhook.ts'

const needsCluster = await clusterOrSkip(t)

const strictly = (name: string, spec: object): string =>
  JSON.stringify({
    apiVersion: 'evenkeel.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name },
    spec: { extends: 'strict', ...spec },
  })

t.test('the API server takes what webhook-config prints, and would not what it refuses', needsCluster, async (t) => {
  const cluster = await startControlPlane()
  t.teardown(() => cluster.stop())
  const only = (match: string): string =>
    `{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: one}, spec: {extends: strict, match: ${match}}}`
  const dir = t.testdir({
    'sets.yaml': only('{kinds: [StatefulSet], namespaces: [shop]}'),
    'none.yaml': only('{kinds: [StatefulSet], exclude: {kinds: [StatefulSet]}}'),
  })
  const strict = ['--preset', 'strict']
  const print = (target: readonly string[], policy = strict) => evenkeel(['webhook-config', ...target, ...policy])
  for (const target of [[], ['--url', 'https://h.example/base'], ['--service', 'a/b:65535']]) {
    const { code, stdout } = await print(target)
    t.equal(code, 0)
    await t.resolves(cluster.apply(stdout, ['--dry-run=server']), target.join(' '))
  }
  for (const file of ['sets.yaml', 'none.yaml']) {
    const { stdout, stderr } = await print([], ['--policy', join(dir, file)])
    await t.resolves(cluster.apply(stdout, ['--dry-run=server']), file)
    t.match(stderr, file === 'none.yaml' ? /the API server never asks/ : /print and apply it again when they change/)
  }
  const { stdout: byUrl } = await print(['--url', 'https://h.example'])
  const [base, page] = ['https://h.example', 'https://h.example/mutate']
  const wrong = {
    'https://user:pw@h.example': 'https://user:pw@h.example/mutate',
    [`${base}?q=1`]: `${page}?q=1`,
    [`${base}#x`]: `${page}#x`,
  }
  for (const [url, written] of Object.entries(wrong)) {
    t.equal((await print(['--url', url])).code, 2, url)
    await t.rejects(cluster.apply(byUrl.replace(page, written), ['--dry-run=server']), /not permitted/, written)
  }
  const { stdout: byService } = await print(['--service', 'a/b:443'])
  for (const port of [0, 70_000]) {
    t.equal((await print(['--service', `a/b:${port}`])).code, 2, `${port}`)
    const written = byService.replaceAll('port: 443', `port: ${port}`)
    await t.rejects(cluster.apply(written, ['--dry-run=server']), /must be between 1 and 65535/, `${port}`)
  }
})

t.test(
  'of a webhook that was never alive, namespaces are free that no policy is known to be for',
  needsCluster,
  async (t) => {
    const cluster = await startControlPlane()
    t.teardown(() => cluster.stop())
    const names = ['shop', 'shop-sandbox', 'blog']
    for (const name of names) {
      await cluster.request('POST', '/api/v1/namespaces', { metadata: { name, labels: { env: 'production' } } })
    }
    const production = { namespaceSelector: { matchLabels: { env: 'production' } } }
    const key = 'kubernetes.io/metadata.name'
    const notBlog = { namespaceSelector: { matchExpressions: [{ key, operator: 'NotIn', values: ['blog'] }] } }
    const file = join(t.testdir(), 'evenkeel.yaml')
    const policies = [
      strictly('labelled', { match: production }),
      strictly('named', { match: { ...notBlog, exclude: { ...production, namespaces: ['*-sandbox'] } } }),
    ]
    writeFileSync(file, policies.join('\n---\n'))
    const { stdout } = await evenkeel(['webhook-config', '--url', 'https://127.0.0.1:1', '--policy', file])
    await cluster.apply(stdout)
    const write = (namespace: string) =>
      cluster.kubectl(['apply', '--dry-run=server', '-n', namespace, '-f', '-'], {
        input: yaml(careless({ name: 'web' })),
      })
    const failed = /failed calling webhook "mutate\.evenkeel\.dev"/
    await eventually('the webhook is asked', async () => failed.test((await write('shop')).stderr))
    for (const name of ['shop-sandbox', 'blog']) t.match(await write(name), { code: 0, stderr: /^$/ }, name)
  },
)

t.test('each policy lets by whom it names, where no other one judges', needsCluster, async (t) => {
  const cluster = await startControlPlane({ users: [{ name: 'ops', groups: ['system:masters', 'oncall'] }] })
  t.teardown(() => cluster.stop())
  for (const name of ['shop', 'office', 'bank']) {
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } })
  }
  const file = join(t.testdir(), 'evenkeel.yaml')
  const policies = [
    strictly('glass', { match: { namespaces: ['default', 'shop', 'office'] }, bypass: { groups: ['oncall'] } }),
    strictly('lenient', { match: { namespaces: ['office'] }, failurePolicy: 'Ignore' }),
    strictly('bank', { match: { namespaces: ['bank'] } }),
  ]
  writeFileSync(file, policies.join('\n---\n'))
  const webhook = await startWebhook(['--policy', file])
  t.teardown(() => webhook.stop())
  await register(cluster, webhook, ['--policy', file])
  const annotations = { 'evenkeel.dev/bypass-reason': 'INC-42' }
  /** By namespace, the webhook for whose sake a write with a reason is refused. */
  const refused = async (user: string, name: string): Promise<Record<string, string | undefined>> => {
    const outcomes = ['shop', 'office', 'bank'].map(async (namespace) => {
      const input = yaml(careless({ name, annotations }))
      const { stderr } = await cluster.kubectl(['create', '-n', namespace, '-f', '-'], { input, user })
      return [namespace, /(?:failed calling|admission) webhook "([^"]+)\.evenkeel\.dev"/.exec(stderr)?.[1]] as const
    })
    return Object.fromEntries(await Promise.all(outcomes))
  }
  t.strictSame(await refused('ops', 'alive'), { shop: undefined, office: 'validate-ignore', bank: 'validate' })
  t.strictSame(await refused('admin', 'alive-too'), { shop: 'validate', office: 'validate', bank: 'validate' })
  const recorded = () =>
    cluster
      .auditEvents()
      .filter(({ annotations }) => annotations?.['break-glass.evenkeel.dev/waived'] !== undefined)
      .map(({ objectRef }) => `${objectRef?.['namespace']}/${objectRef?.['name']}`)
  await eventually('it is on record', () => recorded().length > 0)
  t.strictSame(recorded(), ['shop/alive'])
  await webhook.end('KILL')
  t.strictSame(await refused('ops', 'dead'), { shop: undefined, office: undefined, bank: 'mutate' })
  t.strictSame(await refused('admin', 'dead-too'), { shop: 'mutate', office: 'mutate', bank: 'mutate' })
})
