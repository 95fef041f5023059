import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createDevCertificate } from '../../src/admission/dev-certificate.ts'
import type { ReviewRequest } from '../../src/admission/reviewer.ts'
import { type RevisionSource, revisionSource } from '../../src/cli/webhook/find-revisions.ts'
import { type Handler, startFake } from '../cluster-edge/fake-api-server.ts'

const certificate = await createDevCertificate()

function mounted(token: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-account-'))
  writeFileSync(join(directory, 'token'), `${token}\n`)
  writeFileSync(join(directory, 'ca.crt'), certificate.ca)
  return directory
}

function inPod(t: Test, host: string, port: string): void {
  t.intercept(process, 'env', {
    value: { ...process.env, KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port },
  })
}

async function sourceAt(t: Test, handler: Handler, directory = mounted('sesame')) {
  const fake = await startFake(t, handler, certificate)
  const { hostname, port } = new URL(fake.url)
  inPod(t, hostname, port)
  const source = await revisionSource(directory)
  if (!('find' in source)) throw new Error(source.problem)
  return { fake, source }
}

function write(kind: string, matchLabels: object = { app: 'web' }): ReviewRequest {
  const object = { apiVersion: 'apps/v1', kind, metadata: { name: 'web' }, spec: { selector: { matchLabels } } }
  return { object, namespace: 'shop' } as unknown as ReviewRequest
}

const list = { kind: 'ReplicaSetList', items: [{ metadata: { name: 'web-1' }, spec: { template: { env: 'kept' } } }] }

t.test('the workload is asked about by its labels, in its namespace, with the token of the pod', async (t) => {
  const seen: (string | undefined)[] = []
  const { fake, source } = await sourceAt(t, (_path, _query, { request }) => {
    seen.push(request.headers.authorization)
    return list
  })
  t.strictSame(await source.find(write('Deployment', { app: 'web', 'example.com/tier': 'a' }), 1000), {
    objects: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web-1' }, spec: { template: { env: 'kept' } } },
    ],
  })
  for (const kind of ['StatefulSet', 'DaemonSet', 'Rollout']) await source.find(write(kind), 1000)
  t.strictSame(
    fake.requests.map((path) => decodeURIComponent(path)),
    [
      '/apis/apps/v1/namespaces/shop/replicasets?limit=500&labelSelector=app=web,example.com/tier=a',
      '/apis/apps/v1/namespaces/shop/controllerrevisions?limit=500&labelSelector=app=web',
      '/apis/apps/v1/namespaces/shop/controllerrevisions?limit=500&labelSelector=app=web',
      '/apis/apps/v1/namespaces/shop/replicasets?limit=500&labelSelector=app=web',
    ],
  )
  t.strictSame([...new Set(seen)], ['Bearer sesame'])
  t.equal(fake.connections(), 1, 'one connection for all')
})

t.test('a token that the kubelet has exchanged is used at once', async (t) => {
  const seen: (string | undefined)[] = []
  const directory = mounted('old')
  const { source } = await sourceAt(
    t,
    (_path, _query, { request }) => {
      seen.push(request.headers.authorization)
      return list
    },
    directory,
  )
  await source.find(write('Deployment'), 1000)
  writeFileSync(join(directory, 'token'), 'new')
  await source.find(write('Deployment'), 1000)
  t.strictSame(seen, ['Bearer old', 'Bearer new'])
})

t.test('a kind that keeps no revisions is not asked about', async (t) => {
  const { fake, source } = await sourceAt(t, () => 500)
  t.strictSame(await source.find(write('PodDisruptionBudget'), 1000), { objects: [] })
  t.strictSame(fake.requests, [])
})

t.test('what cannot be read is told, in time', async (t) => {
  const problemOf = async (source: RevisionSource, milliseconds = 1000): Promise<unknown> => {
    const found = await source.find(write('Deployment'), milliseconds)
    return 'problem' in found ? found.problem : found
  }
  await t.test('it is forbidden', async (t) => {
    const { source } = await sourceAt(t, () => 403)
    t.match(await problemOf(source), /./)
  })
  await t.test('the token is not taken', async (t) => {
    const { source } = await sourceAt(t, () => 401)
    t.equal(await problemOf(source), 'the API server does not accept the credentials (401)')
  })
  await t.test('it says nothing', async (t) => {
    const { source } = await sourceAt(t, () => undefined)
    const start = performance.now()
    t.match(await problemOf(source, 500), /^https:.* did not answer in time$/)
    t.ok(performance.now() - start < 1500)
  })
  await t.test('there is no time', async (t) => {
    const { source } = await sourceAt(t, () => undefined)
    t.match(await problemOf(source, -1), 'did not answer in time')
  })
  await t.test('there are more than a page', async (t) => {
    const { fake, source } = await sourceAt(t, () => ({ ...list, metadata: { continue: 'more' } }))
    t.equal(await problemOf(source), 'more revisions than one page match its labels')
    t.equal(fake.requests.length, 1, 'the next page is not read')
  })
  await t.test('a connection that breaks once is no reason', async (t) => {
    const { source } = await sourceAt(t, (_path, _query, { request, times }) => {
      if (times > 1) return list
      request.socket.destroy()
      return undefined
    })
    t.match(await source.find(write('Deployment'), 1000), { objects: [{ kind: 'ReplicaSet' }] })
  })
})

t.test('where no API server can be asked, the reason is told at the start', async (t) => {
  t.intercept(process, 'env', { value: { ...process.env, KUBERNETES_SERVICE_HOST: '' } })
  t.strictSame(await revisionSource(), { problem: 'this is no pod of a cluster' })
  inPod(t, '10.0.0.1', '443')
  t.match(await revisionSource('/nowhere'), { problem: /no such file.*\/nowhere\// })
  inPod(t, 'fd00::1', '443')
  t.match(await revisionSource(mounted('sesame')), { server: 'https://[fd00::1]:443' })
})
