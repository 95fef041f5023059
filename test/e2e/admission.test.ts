import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import type { KubeObject } from '../../src/model/object.ts'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { type AuditEvent, type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import type { Outcome } from '../cluster/processes.ts'
import { type Apply, applyThroughDeath, startLoad } from './load.ts'
import * as manifests from './manifests.ts'
import { configure, register, unregister } from './registration.ts'
import { eventually, startWebhook } from './webhook.ts'

const { bare, careless, deployment, quarters, yaml } = manifests
const needsCluster = await clusterOrSkip(t)
// Some four hundred kubectls: a minute alone, more beside other tests.
t.setTimeout(5 * 60_000)
const strict = ['--preset', 'strict']
const cause = 'kubernetes.io/change-cause'

interface Live extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly generation: number; readonly resourceVersion: string }
  readonly spec: {
    readonly replicas?: number
    readonly strategy: { readonly rollingUpdate: unknown }
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly { readonly lifecycle?: unknown }[]
      }
    }
  }
}

interface Given {
  readonly input?: string
  readonly user?: string
  readonly more?: readonly string[]
}

/** kubectl in one namespace of a cluster, with what tests ask of it. */
function within(cluster: ControlPlane, namespace: string) {
  /** `line` is split at blanks; `more` are arguments that may hold some. */
  const kubectl = (line: string, { input = '', user = 'admin', more = [] }: Given = {}): Promise<Outcome> =>
    cluster.kubectl([...line.split(' '), '-n', namespace, ...more], { input, user })
  return {
    namespace,
    kubectl,
    apply: (manifest: string, flags = ''): Promise<Outcome> => kubectl(`apply -f -${flags}`, { input: manifest }),
    patch: (object: string, change: object, flags = ''): Promise<Outcome> =>
      kubectl(`patch ${object} --type=merge${flags}`, { more: ['-p', JSON.stringify(change)] }),
    /** What `kubectl get -o json` says, managed fields too. */
    async get(object: string): Promise<Live> {
      const { code, stdout, stderr } = await kubectl(`get ${object} -o json --show-managed-fields`)
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout) as Live
    },
    async isThere(object: string): Promise<boolean> {
      return (await kubectl(`get ${object} --ignore-not-found -o name`)).stdout !== ''
    },
  }
}

type Namespace = ReturnType<typeof within>

async function namespaceOf(cluster: ControlPlane, name: string): Promise<Namespace> {
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name } })
  return within(cluster, name)
}

/** Splits what kubectl says of a refused write: who refused, and the lines of the reason. */
function refusal({ code, stderr }: Outcome): { readonly code: number; readonly by: string; readonly lines: string[] } {
  const [, by = '', reason = ''] = /admission webhook "([^"]+)" denied the request: ([^]*)/.exec(stderr) ?? []
  return { code, by, lines: reason.trimEnd().split('\n') }
}

const rulesIn = (lines: readonly string[]): string[] => lines.flatMap((line) => /\[([\w-]+)\]$/.exec(line)?.[1] ?? [])
const probeRules = ['require-readiness-probe', 'require-liveness-probe', 'require-startup-probe']

/** Audit annotations of the webhooks on the last write to an object; keys come as WEBHOOK/KEY. */
async function audited(
  cluster: ControlPlane,
  { namespace }: Namespace,
  name: string,
  holds: (event: AuditEvent) => boolean,
): Promise<Readonly<Record<string, string>>> {
  const find = (): AuditEvent | undefined =>
    cluster.auditEvents().findLast((event) => {
      const { objectRef } = event
      return objectRef?.['namespace'] === namespace && objectRef['name'] === name && holds(event)
    })
  await eventually(`an audit event of ${name}`, () => find() !== undefined)
  const entries = Object.entries(find()?.annotations ?? {})
  return Object.fromEntries(entries.filter(([key]) => key.includes('evenkeel.dev/')))
}

/** Objects of every kind that the webhook is asked about, which break what they can; to be created without it. */
const legacy = yaml(
  careless({ name: 'web' }),
  careless({ name: 'held' }),
  manifests.statefulSet({ name: 'db', ...bare }),
  manifests.daemonSet({ name: 'agent', ...bare }),
  manifests.rollout({ name: 'canary', ...bare, rollingUpdate: quarters }),
  manifests.budget('web', { maxUnavailable: 0 }),
)

/** What Argo's controller does to every new Rollout: it writes defaults into the template. */
function completedByArgo(at: Namespace, name: string): Promise<Outcome> {
  const { spec } = manifests.rollout({ name, resources: {} }) as {
    spec: { template: { spec: { containers: object[] } } }
  }
  const containers = spec.template.spec.containers.map((container) => ({ ...container, resources: {} }))
  const user = 'system:serviceaccount:argo-rollouts:argo-rollouts'
  const change = { spec: { template: { spec: { containers } } } }
  return at.patch(`rollout/${name}`, change, ` --as=${user} --as-group=system:masters`)
}

/** Writes that are never refused, whatever the object and the state of the webhook. */
async function neverRefused(t: Test, at: Namespace): Promise<void> {
  const hold = { metadata: { finalizers: ['example.com/hold'] } }
  const passes = async (what: string, outcome: Promise<Outcome>): Promise<void> => {
    const { code, stderr } = await outcome
    t.match({ code, stderr }, { code: 0, stderr: /^$/ }, what)
  }
  for (const name of ['deployment/web', 'statefulset/db', 'rollout/canary']) {
    await passes(`scale ${name}`, at.kubectl(`scale ${name} --replicas=5`))
  }
  for (const name of ['deployment/web', 'statefulset/db', 'daemonset/agent', 'rollout/canary', 'pdb/web']) {
    await passes(`label ${name}`, at.kubectl(`label ${name} team=shop`))
    await passes(`annotate ${name}`, at.kubectl(`annotate ${name} example.com/note=hello`))
    await passes(`status of ${name}`, at.patch(name, { status: { observedGeneration: 1 } }, ' --subresource=status'))
  }
  await passes('completion by Argo', completedByArgo(at, 'canary'))
  await passes('pause', at.kubectl('rollout pause deployment/web'))
  await passes('resume', at.kubectl('rollout resume deployment/web'))
  await passes('pause an Argo Rollout', at.patch('rollout/canary', { spec: { paused: true } }))
  await passes('restart an Argo Rollout', at.patch('rollout/canary', { spec: { restartAt: '2026-11-21T00:00:00Z' } }))
  const restarts = ['deployment/web', 'statefulset/db', 'daemonset/agent']
  for (const name of restarts) await passes(`restart ${name}`, at.kubectl(`rollout restart ${name}`))
  // kubectl writes the time in seconds, and refuses a second restart within one.
  await sleep(1000)
  for (const name of restarts) await passes(`restart ${name} again`, at.kubectl(`rollout restart ${name}`))
  t.ok((await at.get('deployment/web')).spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'])
  await passes('apply that changes replicas only', at.apply(yaml(careless({ name: 'web', replicas: 6 }))))
  t.equal((await at.get('deployment/web')).spec.replicas, 6)
  await passes('a finalizer', at.patch('deployment/held', hold))
  await passes('deletion', at.kubectl('delete deployment/held --wait=false'))
  await passes('a template on its way out', at.kubectl('set image deployment/held app=app:2'))
  await passes('removal of the finalizer', at.patch('deployment/held', { metadata: { finalizers: null } }))
  t.notOk(await at.isThere('deployment/held'), 'is gone')
  await passes('deletion of every kind', at.kubectl('delete deploy,sts,ds,rollouts,pdb --all --wait=false'))
}

t.test('evenkeel behind a real API server', needsCluster, async (t) => {
  const cluster = await startControlPlane({ users: [{ name: 'ops', groups: ['system:masters'] }] })
  t.teardown(() => cluster.stop())
  await cluster.apply(yaml(manifests.rolloutDefinition))
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd/rollouts.argoproj.io', '--timeout=20s'])
  const [alive, dead, older] = await Promise.all(
    ['legacy-alive', 'legacy-dead', 'older'].map((name) => namespaceOf(cluster, name)),
  )
  for (const at of [alive!, dead!, older!]) t.equal((await at.apply(legacy)).code, 0)
  const stuck = manifests.rollout({ name: 'stuck', ...bare, rollingUpdate: { maxSurge: '1' } })
  t.equal((await older!.apply(yaml(stuck))).code, 0)
  const webhook = await startWebhook(strict)
  t.teardown(() => webhook.stop())
  await register(cluster, webhook, strict)

  await t.test('a Deployment that takes pods away is denied, one line a finding', async (t) => {
    const at = await namespaceOf(cluster, 'denied')
    const manifest = yaml(careless({ name: 'web' }))
    const expected = {
      code: 1,
      by: 'validate.evenkeel.dev',
      lines: [
        'Deployment denied/web would roll out unsafely (policy strict):',
        '- maxUnavailable 25% of 4 = 1 pod down during the rollout; needs 0 (spec.strategy.rollingUpdate.maxUnavailable) [limit-max-unavailable]',
        '- container app: no readinessProbe, so traffic reaches it before it can answer (spec.template.spec.containers[0]) [require-readiness-probe]',
        '- container app: no livenessProbe, so a hung process is never restarted (spec.template.spec.containers[0]) [require-liveness-probe]',
        '- container app: no startupProbe, so a slow start cannot be told from a hang (spec.template.spec.containers[0]) [require-startup-probe]',
        'Fix: evenkeel fix FILE · Explain: evenkeel explain limit-max-unavailable · Exempt: annotation exempt.evenkeel.dev/limit-max-unavailable: "until=YYYY-MM-DD reason=..."',
      ],
    }
    t.same(refusal(await at.apply(manifest)), expected, 'kubectl apply')
    t.same(refusal(await at.apply(manifest, ' --dry-run=server')), expected, 'kubectl apply --dry-run=server')
    t.same(refusal(await at.apply(manifest, ' --server-side')), expected, 'kubectl apply --server-side')
    const created = refusal(await at.kubectl('create -f -', { input: manifest }))
    t.same(rulesIn(created.lines), probeRules, 'in a create nobody can tell 25% from the default, which is filled in')
    t.notOk(await at.isThere('deployment/web'), 'nothing is left behind')
    t.match((await webhook.health('/metrics')).body, /decision="deny",dry_run="true"} 1$/m)
  })

  await t.test('what the author left open comes back safe', async (t) => {
    const at = await namespaceOf(cluster, 'filled')
    const ways: [string, Promise<Outcome>][] = [
      ['applied', at.apply(yaml(deployment({ name: 'applied' })))],
      ['server-side', at.apply(yaml(deployment({ name: 'server-side' })), ' --server-side')],
      ['created', at.kubectl('create -f -', { input: yaml(deployment({ name: 'created', rollingUpdate: quarters })) })],
    ]
    for (const [name, outcome] of ways) {
      t.match(await outcome, { code: 0 }, name)
      const { spec, metadata } = await at.get(`deployment/${name}`)
      t.same(spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 })
      t.same(spec.template.spec.containers[0]?.lifecycle, { preStop: { sleep: { seconds: 5 } } })
      t.ok(spec.template.spec.terminationGracePeriodSeconds >= 10, 'the sleep and a margin')
      t.match(metadata.annotations?.[cause], /^first rollout, image app app:1; by admin/)
    }
    const dry = await at.apply(yaml(deployment({ name: 'dry' })), ' --dry-run=server -o json')
    t.match((JSON.parse(dry.stdout) as Live).spec.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 })
    t.notOk(await at.isThere('deployment/dry'), 'a dry run shows the same and leaves nothing behind')
    const without = refusal(await at.apply(yaml(deployment({ name: 'without', probes: {} }))))
    t.same(rulesIn(without.lines), probeRules, 'probes take the knowledge of the author')
    t.notOk(await at.isThere('deployment/without'))
  })

  await t.test('an identical apply patches nothing, however often and by whomever', async (t) => {
    const at = await namespaceOf(cluster, 'identical')
    const ways = {
      'client-side': [''],
      'server-side': [' --server-side'],
      'by-two': [' --server-side --field-manager=alice', ' --server-side --field-manager=bob'],
    }
    for (const [name, managers] of Object.entries(ways)) {
      const manifest = yaml(deployment({ name }))
      t.equal((await at.apply(manifest, managers[0])).code, 0)
      const { metadata, spec } = await at.get(`deployment/${name}`)
      for (const flags of managers.slice(1)) t.equal((await at.apply(manifest, flags)).code, 0, 'a second owner')
      const { resourceVersion } = (await at.get(`deployment/${name}`)).metadata
      for (const flags of [...managers, ...managers]) {
        const { code, stdout, stderr } = await at.apply(manifest, flags)
        t.same({ code, stderr }, { code: 0, stderr: '' }, `${name}: no conflict`)
        t.match(stdout, flags === '' ? 'unchanged' : 'serverside-applied')
      }
      const now = await at.get(`deployment/${name}`)
      t.equal(now.metadata.resourceVersion, resourceVersion, `${name}: nothing is written`)
      t.equal(now.metadata.generation, metadata.generation, `${name}: no rollout`)
      t.same(now.spec, spec)
    }
  })

  await t.test(
    'under override, too: what an author wrote comes back with each apply, and so does what takes its place',
    async (t) => {
      const at = await namespaceOf(cluster, 'overridden')
      const file = join(t.testdir(), 'evenkeel.yaml')
      const override = { enforcement: 'deny', fix: 'override' }
      const rules = {
        'require-pre-stop-hook': { ...override, params: { minSeconds: 10 } },
        'limit-termination-budget': override,
      }
      const metadata = { name: 'override' }
      const spec = { match: { namespaces: ['default', at.namespace] }, rules }
      writeFileSync(
        file,
        JSON.stringify({ apiVersion: 'evenkeel.dev/v1alpha1', kind: 'RolloutPolicy', metadata, spec }),
      )
      const overriding = await startWebhook(['--policy', file])
      t.teardown(() => overriding.stop())
      await register(cluster, overriding, ['--policy', file])
      t.teardown(() => register(cluster, webhook, strict))
      const lifecycle = { preStop: { exec: { command: ['sleep', '5'] } } }
      const hooks = { 'short-hook': { ...manifests.probes, lifecycle }, 'no-hook': manifests.probes }
      for (const [hook, probes] of Object.entries(hooks)) {
        const ways = { [`${hook}-client-side`]: '', [`${hook}-server-side`]: ' --server-side' }
        for (const [name, flags] of Object.entries(ways)) {
          const manifest = yaml(deployment({ name, probes, graceSeconds: 12 }))
          for (const time of ['once', 'again', 'and again']) {
            t.match(await at.apply(manifest, flags), { code: 0, stderr: /^$/ }, `${name}, ${time}`)
            const { metadata, spec } = await at.get(`deployment/${name}`)
            const { containers, terminationGracePeriodSeconds } = spec.template.spec
            t.same(containers[0]?.lifecycle, { preStop: { sleep: { seconds: 10 } } })
            t.same([metadata.generation, terminationGracePeriodSeconds], [1, 22], `${name}, ${time}: no rollout`)
          }
        }
      }
    },
  )

  await t.test('what is never refused passes on objects that break every rule', (t) => neverRefused(t, alive!))

  await t.test('an older object keeps its faults, which warn, and gets no new ones', async (t) => {
    const image = await older!.kubectl('set image deployment/web app=app:2')
    t.equal(image.code, 0)
    const warned = image.stderr.split('\n').flatMap((line) => /^Warning: \[([\w-]+)\]/.exec(line)?.[1] ?? [])
    const resources = ['require-resources', 'require-resources']
    t.same(warned.sort(), ['limit-max-unavailable', ...probeRules, ...resources].sort(), 'requests and limits')
    const second = { name: 'log', image: 'log:1' }
    const template = { spec: { containers: [{ name: 'app', image: 'app:2' }, second] } }
    const { code, lines } = refusal(await older!.patch('deployment/web', { spec: { template } }))
    t.equal(code, 1)
    t.same(rulesIn(lines), probeRules)
    for (const line of lines.filter((line) => line.startsWith('- '))) t.match(line, /^- container log: /)
    const blocking = await older!.patch('pdb/web', { spec: { maxUnavailable: '0%' } })
    t.match(blocking, { code: 0, stderr: 'Warning: [disallow-blocking-disruption-budget]' })
  })

  await t.test('a value that only a lax schema takes is told by its field, and its repair passes', async (t) => {
    const cannotRead = (name: string) =>
      new RegExp(`evenkeel cannot read Rollout older/${name}: spec.strategy.canary.maxSurge must `)
    const odd = manifests.rollout({ name: 'odd', rollingUpdate: { maxSurge: '12.5%' } })
    const { code, stderr } = await older!.apply(yaml(odd))
    t.equal(code, 1)
    t.match(stderr, /^The request is invalid: /)
    t.match(stderr, cannotRead('odd'))
    const scaled = await older!.patch('rollout/stuck', { spec: { replicas: 5 } })
    t.same(scaled, { ...scaled, code: 0, stderr: '' }, 'of what is never refused nobody is asked')
    const other = await older!.patch('rollout/stuck', { spec: { strategy: { canary: { maxSurge: '2' } } } })
    t.match(other, { code: 1, stderr: cannotRead('stuck') })
    const repaired = await older!.patch('rollout/stuck', { spec: { strategy: { canary: { maxSurge: 1 } } } })
    t.equal(repaired.code, 0, 'with faults that it had before')
    t.match(repaired.stderr, /^Warning: \[require-readiness-probe\]/m)
  })

  await t.test('a new image brings a new change-cause, and the author may write a better one', async (t) => {
    const at = await namespaceOf(cluster, 'cause')
    await at.apply(yaml(deployment({ name: 'web' })))
    const { code, stderr } = await at.kubectl('set image deployment/web app=app:2')
    t.same({ code, stderr }, { code: 0, stderr: '' })
    const changed = await at.get('deployment/web')
    t.equal(changed.metadata.annotations?.[cause], 'image app 1 -> 2; by admin via kubectl-set')
    const annotated = await at.kubectl(`annotate deployment/web --overwrite ${cause}=TICKET-7`)
    t.same(annotated.code, 0)
    const { metadata, spec } = await at.get('deployment/web')
    t.equal(metadata.annotations?.[cause], 'TICKET-7')
    t.same(spec, changed.spec)
    await at.apply(yaml(deployment({ name: 'web', image: 'app:3' })))
    const applied = await at.get('deployment/web')
    t.match(applied.metadata.annotations?.[cause], 'image app 2 -> 3; by admin')
    await at.kubectl('replace -f -', { input: yaml(deployment({ name: 'web', image: 'app:3' })) })
    const replaced = await at.get('deployment/web')
    t.same(replaced.spec, applied.spec, 'the same manifest without what was filled in: it is filled in again')
    t.notOk(replaced.metadata.annotations?.[cause], 'and no cause is made up for what is no change')
    const known = deployment({ name: 'known', annotations: { [cause]: 'first' } })
    t.equal((await at.apply(yaml(known))).code, 0)
    const stale = deployment({ name: 'known', image: 'app:2', annotations: { [cause]: 'first' } })
    t.match(refusal(await at.apply(yaml(stale))).lines, [/./, /needs a new one .* \[require-change-cause\]$/, /./])
  })

  await t.test('a cause that one manager applies holds no other up, and comes into conflict with none', async (t) => {
    const at = await namespaceOf(cluster, 'managers')
    const own = (image: string) => yaml(deployment({ name: 'web', image, annotations: { [cause]: 'first' } }))
    const env = (value: string) => {
      const containers = [{ name: 'app', env: [{ name: 'LEVEL', value }] }]
      return yaml({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { template: { spec: { containers } } },
      })
    }
    const succeeds = async (manifest: string, manager: string, why: string): Promise<void> => {
      const { code, stderr } = await at.apply(manifest, ` --server-side --field-manager=${manager}`)
      t.same({ code, stderr }, { code: 0, stderr: '' }, manager)
      t.equal((await at.get('deployment/web')).metadata.annotations?.[cause], why)
    }
    await succeeds(own('app:1'), 'alice', 'first')
    for (const value of ['info', 'debug']) {
      const { metadata } = await at.get('deployment/web')
      await succeeds(env(value), 'bob', 'app 1 env var; by admin via bob')
      t.equal((await at.get('deployment/web')).metadata.generation, metadata.generation + 1)
      await succeeds(own('app:1'), 'alice', 'first')
    }
    // managedFields tell the time in seconds.
    await sleep(1000)
    const stale = refusal(await at.apply(own('app:2'), ' --server-side --field-manager=alice'))
    t.match(stale.lines, [/./, /needs a new one .* \[require-change-cause\]$/, /./], 'who applies it again is told')
    const { code, stderr } = await at.kubectl('set image deployment/web app=app:2')
    t.same({ code, stderr }, { code: 0, stderr: '' })
    t.equal(
      (await at.get('deployment/web')).metadata.annotations?.[cause],
      'image app 1 -> 2; by admin via kubectl-set',
    )
  })

  await t.test('the same kind of change, time and again, gets a cause of its own each time', async (t) => {
    const at = await namespaceOf(cluster, 'again')
    const of = (checksum: string) => ({ podAnnotations: { 'checksum/config': checksum } })
    const ways: Readonly<Record<string, (value: string) => Promise<Outcome>>> = {
      'deployment/set': (value) => at.kubectl(`set env deployment/set LEVEL=${value}`),
      'deployment/applied': (value) => at.apply(yaml(deployment({ name: 'applied', ...of(value) }))),
      'deployment/server': (value) => at.apply(yaml(deployment({ name: 'server', ...of(value) })), ' --server-side'),
      'rollout/patched': (value) =>
        at.patch('rollout/patched', { spec: { template: { metadata: { annotations: { checksum: value } } } } }),
    }
    await at.apply(yaml(deployment({ name: 'set' }), manifests.rollout({ name: 'patched' })))
    for (const [object, change] of Object.entries(ways)) {
      const causes = new Set<string | undefined>()
      for (const value of ['1', '2', '3', '4']) {
        t.match(await change(value), { code: 0, stderr: /^$/ }, `${object}: ${value}`)
        causes.add((await at.get(object)).metadata.annotations?.[cause])
      }
      t.equal(causes.size, 4, [...causes].join(' | '))
    }
  })

  await t.test('what was filled in follows what its author changes; what somebody chose stays', async (t) => {
    const at = await namespaceOf(cluster, 'following')
    const sleeping = (name: string, seconds: number) => {
      const lifecycle = { preStop: { exec: { command: ['sleep', `${seconds}`] } } }
      return yaml(deployment({ name, probes: { ...manifests.probes, lifecycle } }))
    }
    const ways = { 'client-side': '', 'server-side': ' --server-side' }
    for (const [name, flags] of Object.entries(ways)) {
      const graceOf = async () => (await at.get(`deployment/${name}`)).spec.template.spec.terminationGracePeriodSeconds
      for (const [seconds, grace] of [
        [40, 45],
        [60, 65],
        [60, 65],
      ] as const) {
        t.match(await at.apply(sleeping(name, seconds), flags), { code: 0, stderr: /^$/ }, `${name}, ${seconds}s`)
        t.equal(await graceOf(), grace)
      }
      t.equal((await at.get(`deployment/${name}`)).metadata.generation, 2, 'the same again starts no rollout')
      const grace = { spec: { template: { spec: { terminationGracePeriodSeconds: 70 } } } }
      t.equal((await at.patch(`deployment/${name}`, grace)).code, 0)
      const { lines } = refusal(await at.apply(sleeping(name, 80), flags))
      t.same(rulesIn(lines), ['limit-termination-budget'], 'a hand edit is a choice')
    }
  })

  await t.test('what was filled in gives way to what its author writes, and to an exemption', async (t) => {
    const at = await namespaceOf(cluster, 'giving-way')
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
    const exempt = (rule: string) => ({ [`exempt.evenkeel.dev/${rule}`]: `until=${until} reason=old nodes` })
    const noHook = { annotations: exempt('require-pre-stop-hook') }
    const noSurge = { annotations: exempt('limit-max-unavailable'), rollingUpdate: { maxSurge: 0 } }
    const later = {
      hook: { ...noHook, image: 'app:2' },
      grace: { ...noHook, graceSeconds: 5 },
      surge: { ...noSurge, image: 'app:2' },
    }
    for (const flags of ['', ' --server-side']) {
      for (const [what, choices] of Object.entries(later)) {
        const name = `${what}${flags.trim()}`
        t.equal((await at.apply(yaml(deployment({ name })), flags)).code, 0)
        const { code, stderr } = await at.apply(yaml(deployment({ name, ...choices })), flags)
        t.equal(code, 0, name)
        t.notMatch(stderr, /not needed/)
        const { strategy, template } = (await at.get(`deployment/${name}`)).spec
        if (what === 'surge') t.same(strategy.rollingUpdate, { maxUnavailable: '25%', maxSurge: 0 })
        else t.same(template.spec.containers[0]?.lifecycle, {})
      }
    }
    t.equal((await at.apply(yaml(deployment({ name: 'short' })))).code, 0)
    const short = refusal(await at.apply(yaml(deployment({ name: 'short', graceSeconds: 3 }))))
    t.ok(rulesIn(short.lines).includes('require-pre-stop-hook'), 'the policy judges, not a sleep that is too long')
  })

  await t.test('a hook of another kind takes the place of the sleep that was filled in', async (t) => {
    const at = await namespaceOf(cluster, 'hooks')
    const exec = { exec: { command: ['sleep', '12'] } }
    const ways = { 'client-side': '', 'server-side': ' --server-side' }
    for (const [name, flags] of Object.entries(ways)) {
      const hookOf = async () => (await at.get(`deployment/${name}`)).spec.template.spec.containers[0]?.lifecycle
      t.equal((await at.apply(yaml(deployment({ name })), flags)).code, 0)
      t.same(await hookOf(), { preStop: { sleep: { seconds: 5 } } })
      const own = yaml(deployment({ name, probes: { ...manifests.probes, lifecycle: { preStop: exec } } }))
      for (const time of ['once', 'again']) {
        t.match(await at.apply(own, flags), { code: 0, stderr: /^$/ }, `${name}, ${time}`)
        t.same(await hookOf(), { preStop: exec })
      }
    }
    const applied = yaml(
      deployment({ name: 'held', probes: { ...manifests.probes, lifecycle: { preStop: { sleep: { seconds: 7 } } } } }),
    )
    await at.apply(applied, ' --server-side --field-manager=alice')
    const other = yaml(deployment({ name: 'held', probes: { ...manifests.probes, lifecycle: { preStop: exec } } }))
    t.match(
      await at.apply(other, ' --server-side --field-manager=bob'),
      { code: 1, stderr: /more than 1 handler type/ },
      'what another manager applies stays',
    )
  })

  await t.test('StatefulSets, DaemonSets, budgets and Argo Rollouts are judged by their own arithmetic', async (t) => {
    const at = await namespaceOf(cluster, 'kinds')
    for (const kind of ['statefulSet', 'daemonSet', 'rollout'] as const) {
      const name = kind.toLowerCase()
      const without = refusal(await at.apply(yaml(manifests[kind]({ name, probes: {} }))))
      t.same(rulesIn(without.lines), probeRules, kind)
      t.match(await at.apply(yaml(manifests[kind]({ name }))), { code: 0 }, `${kind} with probes`)
      const { metadata, spec } = await at.get(`${name}/${name}`)
      t.match(metadata.annotations?.[cause], 'first rollout')
      t.same(spec.template.spec.containers[0]?.lifecycle, { preStop: { sleep: { seconds: 5 } } })
    }
    const three = { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 3 } } } }
    t.match(await at.patch('statefulset/statefulset', three), { code: 0, stderr: /^$/ })
    const kept = await at.kubectl('get statefulset/statefulset -o jsonpath={.spec.updateStrategy.rollingUpdate}')
    t.equal(kept.stdout, '{"partition":0}', 'without its feature gate the API server drops the field')
    const caused = manifests.rollout({ name: 'caused', resources: {}, annotations: { [cause]: 'first' } })
    t.equal((await at.apply(yaml(caused))).code, 0)
    t.equal((await completedByArgo(at, 'caused')).code, 0, "Argo's own controller")
    t.equal((await at.get('rollout/caused')).metadata.annotations?.[cause], 'first')
    const rolling = manifests.rollout({ name: 'quarters', rollingUpdate: quarters })
    t.same(rulesIn(refusal(await at.apply(yaml(rolling))).lines), ['limit-max-unavailable'], 'Rollout')
    const blocking = refusal(await at.apply(yaml(manifests.budget('web', { maxUnavailable: 0 }))))
    t.same(blocking.lines.slice(0, 2), [
      'PodDisruptionBudget kinds/web is unsafe (policy strict):',
      '- maxUnavailable 0 lets no pod be evicted, so drains hang; needs maxUnavailable 1 (spec.maxUnavailable) [disallow-blocking-disruption-budget]',
    ])
    t.equal((await at.apply(yaml(manifests.budget('web', { maxUnavailable: 1 })))).code, 0)
  })

  await t.test('a template with more annotations than CEL may loop over can be labelled and restarted', async (t) => {
    const at = await namespaceOf(cluster, 'many')
    const podAnnotations = Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`a${i.toString(36)}`, '']))
    const created = await at.kubectl('create -f -', { input: yaml(deployment({ name: 'web', podAnnotations })) })
    t.match(created, { code: 0 })
    t.match(await at.kubectl('label deployment/web team=shop'), { code: 0, stderr: '' })
    t.match(await at.kubectl('rollout restart deployment/web'), { code: 0, stderr: '' })
  })

  await t.test('an exemption lets a finding pass and stays on record', async (t) => {
    const at = await namespaceOf(cluster, 'exempt')
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
    const key = 'exempt.evenkeel.dev/limit-max-unavailable'
    const exempt = (text: string) =>
      yaml(deployment({ name: 'web', rollingUpdate: quarters, annotations: { [key]: text } }))
    const unreasoned = await at.apply(exempt(`until=${until}`))
    t.same(rulesIn(refusal(unreasoned).lines), ['limit-max-unavailable'], 'not without a reason')
    t.equal((await at.apply(exempt(`until=${until} reason=batch work`))).code, 0)
    t.same((await at.get('deployment/web')).spec.strategy.rollingUpdate, quarters)
    const annotations = await audited(cluster, at, 'web', ({ responseStatus }) => responseStatus?.code === 201)
    t.match(annotations, {
      'validate.evenkeel.dev/decision': 'admit',
      'validate.evenkeel.dev/policies': 'strict',
      'validate.evenkeel.dev/findings': 'limit-max-unavailable',
      'validate.evenkeel.dev/change': 'create',
      'mutate.evenkeel.dev/fixes': /require-change-cause/,
    })
    const without = await at.apply(yaml(careless({ name: 'web' })))
    t.match(
      rulesIn(refusal(without).lines),
      ['limit-max-unavailable'],
      'what it let in is refused in the write without it',
    )
    const denied = await audited(cluster, at, 'web', ({ responseStatus }) => responseStatus?.code === 403)
    t.match(denied, {
      'validate.evenkeel.dev/decision': 'deny',
      'validate.evenkeel.dev/findings': ['limit-max-unavailable', 'require-resources', ...probeRules].sort().join(),
      'validate.evenkeel.dev/change': 'template',
    })
    t.equal(
      (await at.apply(exempt('until=2026-01-31 reason=batch work'))).code,
      0,
      'no write of annotations is refused',
    )
    const ended = await at.kubectl('set image deployment/web app=app:2')
    t.same(rulesIn(refusal(ended).lines), ['limit-max-unavailable'], 'nor is it excused when the end has come')
  })

  await t.test('with the webhook dead, what is never refused still passes', async (t) => {
    await webhook.end('KILL')
    await neverRefused(t, dead!)
    for (const name of ['kube-system', 'evenkeel']) {
      const at = await namespaceOf(cluster, name)
      t.equal((await at.apply(yaml(careless({ name: 'web' })))).code, 0, `${name} stays writable`)
      t.equal((await at.kubectl('set image deployment/web app=app:2')).code, 0)
    }
    t.match(await within(cluster, 'many').kubectl('label deployment/web team=office --overwrite'), { code: 0 })
    const failed = /failed calling webhook "mutate\.evenkeel\.dev"/
    t.match(await older!.kubectl('set image deployment/web app=app:3'), { code: 1, stderr: failed }, 'a new template')
    t.match(await older!.patch('pdb/web', { spec: { maxUnavailable: 1 } }), { code: 1, stderr: failed })
    t.match(await older!.apply(yaml(deployment({ name: 'new' }))), { code: 1, stderr: failed })
    await webhook.restart()
    await eventually(
      'it is asked again',
      async () => (await older!.apply(yaml(deployment({ name: 'new' })))).code === 0,
    )
  })

  await t.test(
    'a delivery controller is known by the namespace of its account, not by a name that anybody may take',
    async (t) => {
      const at = await namespaceOf(cluster, 'team')
      const ownerReferences = [
        { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'web', uid: '1', controller: true },
      ]
      const apply = (user: string, name: string): Promise<Outcome> => {
        const input = yaml({ ...careless({ name }), metadata: { name, ownerReferences } })
        return at.kubectl(`apply -f - --as=${user} --as-group=system:masters`, { input })
      }
      t.match(refusal(await apply('system:serviceaccount:team:flagger', 'web')).by, 'validate.evenkeel.dev')
      t.match(await apply('system:serviceaccount:flagger-system:flagger', 'web-primary'), { code: 0, stderr: '' })
    },
  )

  await t.test('killed in the middle of a hundred applies, with Fail none slips through', async (t) => {
    await namespaceOf(cluster, 'killed')
    const { applies, unreported } = await applyThroughDeath(cluster, 'killed', webhook)
    const having = (results: readonly Apply['result'][], when?: Apply['when']) =>
      applies.filter((apply) => results.includes(apply.result) && (when ?? apply.when) === apply.when)
    t.same(having(['unjudged', 'wrong']), [], 'a proper verdict or "failed calling webhook"')
    t.same(unreported, [])
    t.same(having(['failed'], 'before'), [])
    t.ok(having(['failed'], 'gap').length >= 10, 'applies fail while it is dead')
    t.same(having(['admitted', 'denied'], 'gap'), [])
    t.same(having(['failed'], 'after'), [], 'it recovers without a manual step')
    t.ok(having(['admitted', 'denied'], 'after').length >= 10)
  })

  await t.test('told to end, it drains without an error while its successor takes over', async (t) => {
    const first = await startWebhook([...strict, '--lame-duck', '10'])
    t.teardown(() => first.stop())
    const second = await startWebhook(strict)
    t.teardown(() => second.stop())
    await register(cluster, first, strict)
    const load = startLoad(cluster)
    t.teardown(() => load.stop())
    await sleep(500)
    const ended = first.end('TERM')
    await eventually('it is not ready any more', async () => (await first.health('/readyz')).status === 503)
    const before = load.count()
    await sleep(500)
    t.ok(load.count() > before, 'it goes on answering')
    await configure(cluster, second, strict)
    t.equal(await ended, 0, 'then it ends by itself')
    const during = load.count()
    await sleep(500)
    t.same(await load.stop(), [], 'no error')
    t.ok(load.count() > during, `${load.count()} requests`)
    await register(cluster, webhook, strict)
  })

  await t.test('policies may change while it serves; broken ones leave the old ones in force', async (t) => {
    const at = await namespaceOf(cluster, 'reload')
    const file = join(t.testdir(), 'evenkeel.yaml')
    const policy = (rules: string): string =>
      `{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: shop}, spec: {extends: strict, rules: ${rules}}}\n`
    writeFileSync(file, policy('{}'))
    const reloading = await startWebhook(['--policy', file])
    t.teardown(() => reloading.stop())
    await register(cluster, reloading, ['--policy', file])
    const careful = yaml(deployment({ name: 'web', rollingUpdate: quarters }))
    const verdict = async (): Promise<string> => {
      const { code, lines } = refusal(await at.apply(careful, ' --dry-run=server'))
      return code === 0 ? 'admitted' : rulesIn(lines).join()
    }
    t.equal(await verdict(), 'limit-max-unavailable')
    writeFileSync(file, policy('{limit-max-unavailable: warn}'))
    await eventually('the new policy is in force', async () => (await verdict()) === 'admitted')
    writeFileSync(file, policy('{limit-max-unavailabel: deny}'))
    const failures = async (): Promise<number> =>
      Number(/^evenkeel_policy_load_failures_total (\d+)$/m.exec((await reloading.health('/metrics')).body)?.[1])
    await eventually('the failure is counted', async () => (await failures()) > 0)
    t.equal(await verdict(), 'admitted')
    const { status, body } = await reloading.health('/readyz')
    t.equal(status, 200, 'it goes on serving')
    t.match(body, /limit-max-unavailabel/, body)
    await eventually('the log says so', () => reloading.log().includes('limit-max-unavailabel'))
    writeFileSync(file, policy('{}'))
    await eventually('the repaired one is in force', async () => (await verdict()) === 'limit-max-unavailable')
    t.notMatch((await reloading.health('/readyz')).body, /limit-max-unavailabel/)
  })

  await t.test('who may break the glass gives a reason, passes even a dead webhook, and is on record', async (t) => {
    const at = await namespaceOf(cluster, 'glass')
    const file = join(t.testdir(), 'evenkeel.yaml')
    writeFileSync(
      file,
      '{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: shop}, spec: {extends: strict, bypass: {users: [ops]}}}',
    )
    const guarded = await startWebhook(['--policy', file])
    t.teardown(() => guarded.stop())
    await register(cluster, guarded, ['--policy', file])
    const apply = (user: string, name: string, reason?: string): Promise<Outcome> => {
      const annotations = reason === undefined ? {} : { 'evenkeel.dev/bypass-reason': reason }
      return at.kubectl('apply -f -', { input: yaml(careless({ name, annotations })), user })
    }
    t.equal((await apply('ops', 'web')).code, 1, 'not without a reason')
    t.equal((await apply('ops', 'web', ' ')).code, 1, 'a blank is no reason')
    t.equal((await apply('admin', 'web', 'INC-42')).code, 1, 'not anybody')
    t.equal((await apply('ops', 'web', 'INC-42')).code, 0)
    const annotations = await audited(cluster, at, 'web', ({ responseStatus }) => responseStatus?.code === 201)
    t.match(annotations, { 'break-glass.evenkeel.dev/waived': 'bypass by ops: INC-42' })
    const worse = { spec: { template: { spec: { containers: [{ name: 'log', image: 'log:1' }] } } } }
    const worsen = (name: string, reason?: string): Promise<Outcome> => {
      const metadata = reason === undefined ? {} : { annotations: { 'evenkeel.dev/bypass-reason': reason } }
      const more = ['-p', JSON.stringify({ metadata, ...worse })]
      return at.kubectl(`patch deployment/${name} --type=strategic`, { more, user: 'ops' })
    }
    t.equal((await worsen('web')).code, 1, 'the reason of an earlier change is none for this one')
    t.equal((await worsen('web', 'INC-42 ')).code, 1)
    t.equal((await at.apply(yaml(deployment({ name: 'planted' })))).code, 0)
    t.equal((await at.kubectl('annotate deployment/planted evenkeel.dev/bypass-reason=INC-1')).code, 0)
    t.equal((await worsen('planted')).code, 1, 'nor is what somebody else wrote down before')
    t.equal((await worsen('web', 'INC-43')).code, 0)
    await guarded.end('KILL')
    t.equal((await apply('ops', 'other', 'INC-42')).code, 0)
    t.equal((await apply('admin', 'another', 'INC-42')).code, 1)
    t.equal((await worsen('planted')).code, 1)
    t.equal((await worsen('planted', 'INC-44')).code, 0)
  })

  await t.test(
    'a policy is no matter to namespaces that it is not meant for, even with the webhook dead',
    async (t) => {
      const names = ['reach-shop', 'reach-shop-sandbox', 'reach-office', 'reach-monitoring']
      const [shop, sandbox, office, monitoring] = await Promise.all(names.map((name) => namespaceOf(cluster, name)))
      const file = join(t.testdir(), 'evenkeel.yaml')
      const policy = (name: string, spec: object): string =>
        JSON.stringify({ apiVersion: 'evenkeel.dev/v1alpha1', kind: 'RolloutPolicy', metadata: { name }, spec })
      const strictly = (namespaces: string[], more: object) => ({ extends: 'strict', match: { namespaces, ...more } })
      const policies = [
        policy('shop', strictly(['default', 'reach-shop*'], { exclude: { namespaces: ['reach-shop-sandbox'] } })),
        policy('office', { ...strictly(['reach-office'], {}), failurePolicy: 'Ignore' }),
      ]
      writeFileSync(file, policies.join('\n---\n'))
      const limited = await startWebhook(['--policy', file])
      t.teardown(() => limited.stop())
      await register(cluster, limited, ['--policy', file])
      const write = (at: Namespace, name: string) =>
        at.apply(yaml(careless({ name }), manifests.budget(name, { minAvailable: 9 })))
      t.match(refusal(await write(shop!, 'web')).by, 'validate.evenkeel.dev')
      t.match(refusal(await write(office!, 'web')).by, 'validate-ignore.evenkeel.dev')
      await limited.end('KILL')
      const failed = [
        ...(await write(shop!, 'later')).stderr.matchAll(/failed calling webhook "mutate\.evenkeel\.dev"/g),
      ]
      t.equal(failed.length, 2, 'the workload and the budget')
      for (const at of [sandbox!, office!, monitoring!]) {
        const written = await write(at, 'web')
        t.same({ code: written.code, stderr: written.stderr }, { code: 0, stderr: '' }, at.namespace)
      }
    },
  )

  await t.test('a policy is no matter to kinds that it is not meant for, even with the webhook dead', async (t) => {
    const at = await namespaceOf(cluster, 'reach-kinds')
    const file = join(t.testdir(), 'evenkeel.yaml')
    const policy = (name: string, spec: object): string =>
      JSON.stringify({
        apiVersion: 'evenkeel.dev/v1alpha1',
        kind: 'RolloutPolicy',
        metadata: { name },
        spec: { extends: 'strict', ...spec },
      })
    const objects = {
      Deployment: careless({ name: 'web' }),
      StatefulSet: manifests.statefulSet({ name: 'web', ...bare }),
      DaemonSet: manifests.daemonSet({ name: 'web', ...bare }),
      Rollout: manifests.rollout({ name: 'web', ...bare, rollingUpdate: quarters }),
      PodDisruptionBudget: manifests.budget('web', { maxUnavailable: 0 }),
    }
    /** By kind, the webhook for whose sake a write is refused. */
    const refused = async (): Promise<Record<string, string>> => {
      const outcomes = Object.entries(objects).map(async ([kind, object]) => {
        const { stderr } = await at.apply(yaml(object), ' --dry-run=server')
        const [, by] = /(?:failed calling|admission) webhook "([^"]+)\.evenkeel\.dev"/.exec(stderr) ?? []
        return by === undefined ? [] : [[kind, by] as const]
      })
      return Object.fromEntries((await Promise.all(outcomes)).flat())
    }
    const deployments = policy('deployments', { match: { kinds: ['Deployment'] } })
    const sets = { namespaces: ['reach-kinds'], exclude: { kinds: ['DaemonSet', 'Rollout', 'PodDisruptionBudget'] } }
    const rest = policy('rest', { fallback: true, failurePolicy: 'Ignore' })
    const byRest = {
      DaemonSet: 'validate-ignore',
      Rollout: 'validate-ignore',
      PodDisruptionBudget: 'validate-ignore',
    }
    const cases = [
      { policies: [deployments], alive: { Deployment: 'validate' }, dead: ['Deployment'] },
      {
        policies: [deployments, rest],
        alive: { Deployment: 'validate', StatefulSet: 'validate-ignore', ...byRest },
        dead: ['Deployment'],
      },
      {
        policies: [deployments, policy('sets', { match: sets }), rest],
        alive: { Deployment: 'validate', StatefulSet: 'validate', ...byRest },
        dead: ['Deployment', 'StatefulSet'],
      },
    ]
    for (const { policies, alive, dead } of cases) {
      writeFileSync(file, policies.join('\n---\n'))
      const limited = await startWebhook(['--policy', file])
      t.teardown(() => limited.stop())
      await register(cluster, limited, ['--policy', file])
      await eventually(`refused: ${JSON.stringify(alive)}`, async () => isDeepStrictEqual(await refused(), alive))
      await limited.end('KILL')
      t.same(await refused(), Object.fromEntries(dead.map((kind) => [kind, 'mutate'])), 'others pass')
    }
  })

  await t.test('with failurePolicy Ignore, what hits the gap is admitted', async (t) => {
    const file = join(t.testdir(), 'evenkeel.yaml')
    writeFileSync(
      file,
      '{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: shop}, spec: {extends: strict, failurePolicy: Ignore}}',
    )
    const lenient = await startWebhook(['--policy', file])
    t.teardown(() => lenient.stop())
    await register(cluster, lenient, ['--policy', file])
    await namespaceOf(cluster, 'ignored')
    const { applies, unreported } = await applyThroughDeath(cluster, 'ignored', lenient)
    t.same(
      applies.filter(({ result }) => result === 'failed' || result === 'wrong'),
      [],
      'none fails for its sake',
    )
    t.same(unreported, [])
    const results = (when: Apply['when']) => [...new Set(applies.filter((a) => a.when === when).map((a) => a.result))]
    t.same(results('before').sort(), ['admitted', 'denied'])
    t.same(results('gap'), ['unjudged'])
    t.same(results('after').sort(), ['admitted', 'denied'], 'it recovers without a manual step')
    await unregister(cluster, lenient)
    t.equal((await within(cluster, 'ignored').apply(yaml(careless({ name: 'free' })))).code, 0, 'without it all pass')
  })
})
