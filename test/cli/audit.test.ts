import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { startFake } from '../cluster-edge/fake-api-server.ts'
import { evenkeel, type Ran } from './evenkeel.ts'

function policy(match: object): string {
  const spec = { match, rules: { 'require-readiness-probe': 'deny' } }
  return JSON.stringify({ apiVersion: 'evenkeel.dev/v1alpha1', kind: 'RolloutPolicy', metadata: { name: 'sys' }, spec })
}

/** A Deployment without a probe, as a list has it. */
function probeless(namespace: string, name: string): object {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: `${name}:1` }] } }
  return { metadata: { namespace, name }, spec: { selector: { matchLabels: { app: name } }, template } }
}

const held = [
  probeless('shop', 'web'),
  probeless('kube-system', 'coredns'),
  probeless('kube-system', 'konnectivity'),
  probeless('kube-public', 'info'),
]

interface Audited extends Ran {
  readonly summary: { readonly seen: number; readonly denied: number; readonly leftOut?: number }
  readonly names: string[]
}

async function audit(t: Test, match: object, ...args: string[]): Promise<Audited> {
  const { options } = await startFake(t, (path) => {
    const [, namespace] = /\/namespaces\/([^/]+)\/deployments$/.exec(path) ?? []
    if (namespace === undefined) return { metadata: {}, items: path.endsWith('/deployments') ? held : [] }
    return { metadata: {}, items: held.filter((object) => JSON.stringify(object).includes(`"${namespace}"`)) }
  })
  const { kubeconfig = '' } = options([])
  const file = join(dirname(kubeconfig), 'sys.yaml')
  writeFileSync(file, policy(match))
  const given = ['--policy', file, '--kubeconfig', kubeconfig, '-o', 'json']
  const ran = await evenkeel(['audit', ...given, ...args])
  const { summary, objects } = JSON.parse(ran.stdout) as {
    summary: Audited['summary']
    objects: { object: { name: string } }[]
  }
  return { ...ran, summary, names: objects.map(({ object }) => object.name) }
}

t.test('the audit judges a namespace of Kubernetes itself that a policy names', async (t) => {
  const { code, names, stderr, summary } = await audit(t, { namespaces: ['kube-system'] })
  t.equal(code, 1)
  t.match(summary, { seen: 4, denied: 2 })
  t.same(names, ['web', 'coredns', 'konnectivity'])
  t.notMatch(stderr, /left out/, 'the policy is not meant for kube-public')
})

t.test('or that is asked for', async (t) => {
  const { code, names, stderr } = await audit(t, {}, '--namespace', 'kube-system')
  t.equal(code, 1)
  t.same(names, ['coredns', 'konnectivity'])
  t.notMatch(stderr, /left out/)
})

t.test('what it leaves out of the others is counted, with the way to judge it', async (t) => {
  for (const match of [{}, { namespaces: ['*'] }, { namespaces: ['shop', 'kube-*'] }]) {
    const { names, stderr, summary } = await audit(t, match)
    t.same(names, ['web'], JSON.stringify(match))
    t.match(summary, { seen: 4, denied: 1, leftOut: 3 })
    t.match(stderr, 'left out 2 objects in kube-system, which no policy names: --namespace kube-system judges')
    t.match(stderr, 'left out 1 object in kube-public, which no policy names: --namespace kube-public judges')
  }
  const { stderr, summary } = await audit(t, {}, '--quiet')
  t.equal(stderr, '')
  t.equal(summary.leftOut, 3, 'the report says it to whoever wants stderr quiet')
  const text = await evenkeel(['audit', '--help'])
  t.match(text.stdout.replaceAll(/\s+/g, ' '), 'kube-node-lease are judged only where this or a policy names them')
})

t.test('nothing is said of namespaces that no policy is meant for anyway', async (t) => {
  const { code, stderr, summary } = await audit(t, { namespaces: ['shop'] })
  t.equal(code, 1)
  t.notMatch(stderr, /left out/)
  t.equal(summary.leftOut, undefined)
})
