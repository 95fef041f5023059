import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { clusterOrSkip } from './binaries.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { run } from './processes.ts'

const needsCluster = await clusterOrSkip(t)

/** Every process of a control plane has its directory in its arguments, the watcher too. */
async function processesOf(directory: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,args='])
  return stdout.split('\n').filter((line) => line.includes(directory))
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const start = Date.now(); Date.now() - start < 10_000; await sleep(50)) if (await holds()) return
  throw new Error(`not within 10 s: ${what}`)
}

interface Item {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly availableReplicas?: number
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

const get = async (cluster: ControlPlane, path: string): Promise<Item> =>
  (await cluster.request('GET', path)).body as Item
const pods = async (cluster: ControlPlane, selector: string): Promise<readonly Item[]> => {
  const { body } = await cluster.request('GET', `/api/v1/namespaces/default/pods?labelSelector=${selector}`)
  return (body as { items: Item[] }).items
}
const isReady = ({ status }: Item): boolean =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

const deployment = (name: string, replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}, annotations: {testbed/ready-after: 500ms}}
    spec: {containers: [{name: app, image: app:1}]}
`

t.test('several control planes run at once and know nothing of each other', needsCluster, async (t) => {
  const [one, two] = await Promise.all([startControlPlane(), startControlPlane()])
  t.teardown(() => Promise.all([one.stop(), two.stop()]))
  await one.apply('{apiVersion: v1, kind: Namespace, metadata: {name: only-in-one}}')
  t.equal((await one.request('GET', '/api/v1/namespaces/only-in-one')).status, 200)
  t.equal((await two.request('GET', '/api/v1/namespaces/only-in-one')).status, 404)
  const { stdout } = await one.kubectl(['version', '-o', 'json'])
  t.match(JSON.parse(stdout), { serverVersion: { gitVersion: /^v1\.\d+\.\d+/ } }, 'which says its real version')
})

t.test('real controllers act on fake nodes', needsCluster, async (t) => {
  process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1'
  const cluster = await startControlPlane({ nodes: 3, users: [{ name: 'alice', groups: ['dev', 'ops'] }] })
  t.teardown(() => cluster.stop())

  await t.test('a Deployment of 4 with surge 1 rolls out and always has 4 available pods', async (t) => {
    await cluster.apply(deployment('web', 4))
    const rollout = ['rollout', 'status', 'deployment/web', '--timeout=30s']
    t.equal((await cluster.kubectl(rollout)).code, 0)
    await cluster.kubectl(['set', 'image', 'deployment/web', 'app=app:2'])
    const samples: number[] = []
    const sampler = setInterval(() => {
      void get(cluster, '/apis/apps/v1/namespaces/default/deployments/web').then(({ status }) =>
        samples.push(status.availableReplicas ?? 0),
      )
    }, 50)
    const { code, stdout, stderr } = await cluster.kubectl(rollout)
    clearInterval(sampler)
    t.equal(code, 0, stderr)
    t.match(stdout, 'out of 4 new replicas have been updated', 'pod by pod')
    t.match(stdout, 'successfully rolled out')
    t.ok(samples.length > 10, `${samples.length} samples`)
    t.ok(Math.min(...samples) >= 4)
    const nodes = new Set((await pods(cluster, 'app=web')).map(({ spec }) => spec.nodeName))
    t.equal(nodes.size, 3, 'spread over the three zones')
  })

  await t.test('annotations of a pod set when it is ready and when it is gone', async (t) => {
    const pod = (name: string, annotations: string): string => `
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, annotations: {${annotations}}}
spec: {containers: [{name: app, image: app:1}]}`
    const start = Date.now()
    await cluster.apply(
      pod('slow', 'testbed/ready-after: 3s') + pod('never', 'testbed/ready-after: never, testbed/gone-after: 2s'),
    )
    const path = '/api/v1/namespaces/default/pods'
    await eventually('slow is ready', async () => isReady(await get(cluster, `${path}/slow`)))
    t.ok(Date.now() - start >= 3000, `ready after ${Date.now() - start} ms`)
    t.notOk(isReady(await get(cluster, `${path}/never`)))
    const deletion = Date.now()
    await cluster.kubectl(['delete', 'pod', 'never'])
    t.ok(Date.now() - deletion >= 2000, `gone after ${Date.now() - deletion} ms`)
  })

  await t.test('kubectl drain evicts, and a PodDisruptionBudget stops it', async (t) => {
    await cluster.apply(`${deployment('api', 3)}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api}
spec: {minAvailable: 3, selector: {matchLabels: {app: api}}}`)
    await cluster.kubectl(['rollout', 'status', 'deployment/api', '--timeout=30s'])
    const node = (await pods(cluster, 'app=api'))[0]!.spec.nodeName!
    const drain = ['drain', node, '--ignore-daemonsets', '--force', '--pod-selector=app=api']
    const blocked = await cluster.kubectl([...drain, '--timeout=2s'])
    t.not(blocked.code, 0)
    t.match(blocked.stderr, "would violate the pod's disruption budget")
    await cluster.kubectl(['patch', 'pdb', 'api', '--type=merge', '-p', '{"spec":{"minAvailable":2}}'])
    const drained = await cluster.kubectl([...drain, '--timeout=20s'])
    t.equal(drained.code, 0, drained.stderr)
    t.notOk((await pods(cluster, 'app=api')).some(({ spec }) => spec.nodeName === node))
    await cluster.kubectl(['uncordon', node])
  })

  await t.test('another user has an identity and only the rights that RBAC gives', async (t) => {
    const create = ['create', 'configmap', 'hers']
    const denied = await cluster.kubectl(create, { user: 'alice' })
    t.match(denied, { code: 1, stderr: 'User "alice" cannot create resource "configmaps"' })
    await cluster.kubectl(['create', 'clusterrolebinding', 'ops', '--clusterrole=cluster-admin', '--group=ops'])
    t.match(await cluster.kubectl(create, { user: 'alice' }), { code: 0 })
    t.throws(() => cluster.kubectl(create, { user: 'nobody' }), /no user nobody/)
    const ofAlice = () => cluster.auditEvents().filter(({ user }) => user.username === 'alice')
    await eventually('both are in the audit log', () => Promise.resolve(ofAlice().length === 2))
    t.match(ofAlice(), [
      {
        verb: 'create',
        user: { groups: ['dev', 'ops'] },
        objectRef: { resource: 'configmaps' },
        responseStatus: { code: 403 },
      },
      { annotations: { 'authorization.k8s.io/decision': 'allow' }, responseStatus: { code: 201 } },
    ])
  })

  await t.test('a webhook on loopback is asked, and its verdict is in the audit log', async (t) => {
    const file = (name: string): Buffer => readFileSync(join(cluster.directory, name))
    const users: string[] = []
    const webhook = createServer({ cert: file('apiserver.crt'), key: file('apiserver.key') }, (request, response) => {
      void json(request).then((review) => {
        const { uid, userInfo } = (review as { request: { uid: string; userInfo: { username: string } } }).request
        users.push(userInfo.username)
        const verdict = { uid, allowed: false, status: { message: 'no pods today' }, auditAnnotations: { why: 'test' } }
        response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: verdict }))
      })
    }).listen(0, '127.0.0.1')
    await once(webhook, 'listening')
    t.teardown(() => {
      webhook.close()
      webhook.closeAllConnections()
    })
    await cluster.apply(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: deny}
webhooks:
- name: deny.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
  clientConfig:
    url: https://127.0.0.1:${(webhook.address() as AddressInfo).port}/
    caBundle: ${file('apiserver.crt').toString('base64')}`)
    await eventually('the webhook denies', async () => {
      const { stderr } = await cluster.kubectl(['run', 'denied', '--image=app:1', '--dry-run=server'])
      return stderr.includes('denied the request: no pods today')
    })
    const verdict = () => cluster.auditEvents().find(({ annotations }) => annotations?.['deny.example.com/why'])
    await eventually('the verdict is in the audit log', () => Promise.resolve(verdict() !== undefined))
    t.match(verdict(), { verb: 'create', user: { username: 'admin' }, responseStatus: { code: 400 } })
    await cluster.kubectl(['scale', 'deployment/web', '--replicas=5'])
    await eventually('controllers come with their own names', () =>
      Promise.resolve(users.includes('system:serviceaccount:kube-system:replicaset-controller')),
    )
    t.pass('as system:serviceaccount:kube-system:replicaset-controller')
  })

  await t.test('no process has inherited a proxy', { skip: !existsSync('/proc/self/environ') }, async (t) => {
    const pids = (await processesOf(cluster.directory)).map((line) => Number.parseInt(line))
    t.equal(pids.length, 6)
    for (const pid of pids) t.notMatch(readFileSync(`/proc/${pid}/environ`, 'utf8'), 'HTTPS_PROXY')
    delete process.env['HTTPS_PROXY']
  })

  await t.test('stop() leaves no process, no file and no listener behind', async (t) => {
    t.equal((await processesOf(cluster.directory)).length, 6, 'five processes and their watcher')
    t.match(cluster.logs('kwok'), /\S/)
    await cluster.stop()
    t.same(await processesOf(cluster.directory), [])
    t.notOk(existsSync(cluster.directory))
    await t.rejects(fetch(cluster.server), { cause: { code: 'ECONNREFUSED' } })
    await cluster.stop()
  })
})

t.test('a launcher that is killed leaves nothing behind either', needsCluster, async (t) => {
  const main = join(import.meta.dirname, 'main.ts')
  // A long path, as CI systems give: too long for the name of a socket.
  const env = { ...process.env, TMPDIR: t.testdir() }
  const launcher = spawn(process.execPath, [main, '1'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = (await once(launcher.stdout, 'data')) as [Buffer]
  const directory = dirname(/^export KUBECONFIG=(.+)$/m.exec(output.toString())![1]!)
  t.equal((await processesOf(directory)).length, 6)
  launcher.kill('SIGKILL')
  await eventually('every process has ended', async () => (await processesOf(directory)).length === 0)
  t.notOk(existsSync(directory))
})

t.test('a port that was taken meanwhile is no failure', needsCluster, async (t) => {
  const taken = createTcpServer().listen(0, '127.0.0.1')
  const free = createTcpServer().listen(0, '127.0.0.1')
  await Promise.all([once(taken, 'listening'), once(free, 'listening')])
  const ports = [taken, free].map((server) => (server.address() as AddressInfo).port)
  free.close()
  t.teardown(() => taken.close())
  const cluster = await startControlPlane({ choosePort: () => Promise.resolve(ports.shift()!) })
  t.teardown(() => cluster.stop())
  t.equal(ports.length, 0, 'the second port was asked for')
})

t.test('a control plane that cannot start says why and leaves nothing behind', needsCluster, async (t) => {
  const temporary = mkdtempSync(join(tmpdir(), 'evenkeel-'))
  const { TMPDIR } = process.env
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
    rmdirSync(temporary)
  })
  process.env['TMPDIR'] = temporary
  const error = (await startControlPlane({ apiServerFlags: ['--no-such-flag'] }).catch(
    (error: unknown) => error,
  )) as Error
  t.match(error.message, /kube-apiserver has ended:[^]*unknown flag: --no-such-flag/)
  t.same(readdirSync(temporary), [])
  t.same(await processesOf(temporary), [])
})
