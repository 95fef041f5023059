import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dump, load, loadAll } from 'js-yaml'
import t from 'tap'
import { ensureTools } from '../cluster/binaries.ts'
import { run } from '../cluster/processes.ts'
import { evenkeel } from './evenkeel.ts'

t.setTimeout(300_000)
const tools = await ensureTools()
if ('missing' in tools && process.env['EVENKEEL_REQUIRE_CLUSTER'] === '1') throw new Error(tools.missing)

interface Thing {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

const byName = (text: string) =>
  Object.fromEntries(
    (loadAll(text) as Thing[]).map((thing) => [
      `${thing.kind} ${thing.metadata.namespace ?? ''}/${thing.metadata.name}`,
      thing,
    ]),
  )

const pods = (app: string) => ({
  metadata: { labels: { app } },
  spec: {
    containers: [
      { name: 'a', image: 'a:1.0' },
      { name: 'b', image: 'b:1.0', ports: [{ containerPort: 80 }] },
    ],
  },
})

const workload = (kind: string, name: string, namespace: string | undefined, strategy: object) => ({
  apiVersion: kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1',
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec: { replicas: 3, selector: { matchLabels: { app: name } }, ...strategy, template: pods(name) },
})

const down = (maxUnavailable: number) => ({ strategy: { rollingUpdate: { maxUnavailable, maxSurge: 1 } } })

/** Two of one name in two namespaces, a name that is a pattern for another, a kind without a schema, a budget. */
const shop = [
  workload('Deployment', 'web', 'shop', down(1)),
  workload('Deployment', 'web', 'other', down(0)),
  workload('Deployment', 'web.v1', 'shop', {}),
  workload('Deployment', 'web-v1', 'shop', down(2)),
  workload('Rollout', 'canary', 'shop', { strategy: { canary: { maxUnavailable: 1, maxSurge: 1 } } }),
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { minAvailable: 3, selector: { matchLabels: { app: 'web' } } },
  },
]

const worlds = {
  shop: { objects: shop, args: [], extra: {} },
  'a namespace given from outside': {
    objects: [workload('Deployment', 'web', undefined, down(1)), workload('StatefulSet', 'db', undefined, {})],
    args: ['--namespace', 'prod'],
    extra: { namespace: 'prod', namePrefix: 'eu-' },
  },
}

for (const [name, { objects, args, extra }] of Object.entries(worlds))
  t.test(
    `kustomize makes of the component what fix makes of the files: ${name}`,
    {
      skip: 'missing' in tools ? tools.missing : false,
    },
    async (t) => {
      if ('missing' in tools) return
      const folder = t.testdir({ 'k8s.yaml': objects.map((object) => dump(object)).join('---\n') })
      const at = { cwd: folder }
      const kustomize = ['--preset', 'strict', ...args, 'k8s.yaml']
      const component = await evenkeel(['fix', '-o', 'kustomize', ...kustomize], at)
      t.equal(component.code, 0, component.stderr)
      mkdirSync(join(folder, 'fixes'))
      writeFileSync(join(folder, 'fixes', 'kustomization.yaml'), component.stdout)
      const whole = await evenkeel(['fix', '-o', 'yaml', ...kustomize], at)
      t.notSame(
        byName(whole.stdout),
        byName(readFileSync(join(folder, 'k8s.yaml'), 'utf8')),
        'there is something to fix',
      )
      writeFileSync(join(folder, 'kustomization.yaml'), dump({ resources: ['k8s.yaml'], components: ['fixes'] }))
      const built = await run(tools.kustomize, ['build', folder])
      t.same(byName(built.stdout), byName(whole.stdout), built.stderr)

      // Components come before what the kustomization itself changes: prefixes and namespaces do not hide the objects.
      writeFileSync(
        join(folder, 'kustomization.yaml'),
        dump({ resources: ['k8s.yaml'], components: ['fixes'], ...extra }),
      )
      const specs = (text: string) =>
        (loadAll(text) as { spec: object }[]).map(({ spec }) => dump(spec, { sortKeys: true })).sort()
      const changed = await run(tools.kustomize, ['build', folder])
      t.same(specs(changed.stdout), specs(whole.stdout), changed.stderr)
    },
  )

t.test(
  'a built overlay is fixed from outside, by a kustomization around it',
  {
    skip: 'missing' in tools ? tools.missing : false,
  },
  async (t) => {
    if ('missing' in tools) return
    const folder = t.testdir({
      base: {
        'kustomization.yaml': dump({ resources: ['web.yaml'] }),
        'web.yaml': dump(workload('Deployment', 'web', undefined, down(0))),
      },
      prod: {
        'kustomization.yaml': dump({
          resources: ['../base'],
          namePrefix: 'eu-',
          namespace: 'shop',
          patches: [
            {
              target: { kind: 'Deployment' },
              patch: dump([{ op: 'replace', path: '/spec/strategy/rollingUpdate/maxUnavailable', value: 2 }]),
            },
          ],
        }),
      },
      fixes: {},
      fixed: { 'kustomization.yaml': dump({ resources: ['../prod'], components: ['../fixes'] }) },
    })
    const at = { cwd: folder, env: { PATH: `${dirname(tools.kustomize)}:${process.env['PATH'] ?? ''}` } }
    const component = await evenkeel(['fix', '-o', 'kustomize', '--preset', 'strict', '--kustomize', 'prod'], at)
    t.equal(component.code, 0, component.stderr)
    writeFileSync(join(folder, 'fixes', 'kustomization.yaml'), component.stdout)
    const prod = await run(tools.kustomize, ['build', join(folder, 'prod')])
    const whole = await evenkeel(['fix', '-o', 'yaml', '--preset', 'strict', '-'], { cwd: folder, input: prod.stdout })
    const built = await run(tools.kustomize, ['build', join(folder, 'fixed')])
    t.same(byName(built.stdout), byName(whole.stdout), built.stderr)
    t.match(built.stdout, /maxUnavailable: 0/)

    const inPlace = await evenkeel(['fix', '--write', '--preset', 'strict', '--kustomize', 'prod'], at)
    t.equal(inPlace.stdout, '', 'what is built is not written')
    t.match(
      inPlace.stderr,
      /left to you: maxUnavailable 2 .*; kustomize build prod made it: -o kustomize prints a patch/,
    )
  },
)

t.test('nothing to fix is a component that changes nothing', async (t) => {
  const folder = t.testdir({ 'k8s.yaml': dump({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }) })
  const { stdout, code } = await evenkeel(['fix', '-o', 'kustomize', 'k8s.yaml'], { cwd: folder })
  t.equal(code, 0)
  t.same(load(stdout), { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', patches: [] })
})
