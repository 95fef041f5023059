import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { type PeerCertificate, TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { ClusterError } from '../../src/cluster/cluster-error.ts'
import { type ClusterOptions, type ClusterSnapshot, readCluster } from '../../src/cluster/read-cluster.ts'
import { createAuthority } from '../admission/authority.ts'
import { run } from '../cluster/processes.ts'
import { type FakeServer, listOf, quick, startFake, writeKubeconfig } from './fake-api-server.ts'

// It waits a lot, and loading the client library takes seconds under the test runner.
t.setTimeout(120_000)

const authority = await createAuthority()
const leaf = await authority.issue({ names: ['127.0.0.1', 'api.example'] })
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const trusted = { 'certificate-authority-data': base64(authority.ca) }

const read = (options: Omit<ClusterOptions, 'kinds'>, kinds = ['Node']): Promise<ClusterSnapshot> =>
  readCluster({ ...options, kinds }, undefined, quick)

async function failure(options: Omit<ClusterOptions, 'kinds'>): Promise<ClusterError> {
  const error: unknown = await read(options).then(
    () => new Error('it was read'),
    (error: unknown) => error,
  )
  if (error instanceof ClusterError) return error
  throw error
}

/** Sets environment variables for one test; undefined removes one. */
function setEnvironment(t: Test, variables: Readonly<Record<string, string | undefined>>): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  const apply = ([name, value]: readonly [string, string | undefined]): void => {
    if (value === undefined) Reflect.deleteProperty(process.env, name)
    else process.env[name] = value
  }
  Object.entries(variables).forEach(apply)
  t.teardown(() => before.forEach(apply))
}

function startTls(t: Test, seen: (request: IncomingMessage) => void = () => undefined): Promise<FakeServer> {
  const handler = (_path: string, _query: URLSearchParams, { request }: { request: IncomingMessage }): object => {
    seen(request)
    return listOf(['node-1'])
  }
  return startFake(t, handler, { ...leaf, ca: authority.ca, requestCert: true, rejectUnauthorized: false })
}

t.test('credentials of every kind', async (t) => {
  const client = await authority.issue({ names: ['alice'], usage: 'clientAuth' })
  const credential = (status: object): string =>
    JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status })
  const plugin = (directory: string, output: string, name = 'plugin'): object => {
    const command = join(directory, name)
    writeFileSync(command, `#!/bin/sh\necho run >> ${directory}/runs\ncat <<'END'\n${output}\nEND\n`)
    chmodSync(command, 0o755)
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command, env: [{ name: 'A', value: 'b' }] } }
  }
  const cases: Readonly<
    Record<string, { user: (directory: string) => object; authorization?: string; client?: string }>
  > = {
    'a token': { user: () => ({ token: 'sesame' }), authorization: 'Bearer sesame' },
    'a user name and password': {
      user: () => ({ username: 'alice', password: 'pw' }),
      authorization: `Basic ${base64('alice:pw')}`,
    },
    'a client certificate': {
      user: () => ({ 'client-certificate-data': base64(client.cert), 'client-key-data': base64(client.key) }),
      client: 'alice',
    },
    'a client certificate in files beside the kubeconfig': {
      user: (directory) => {
        writeFileSync(join(directory, 'alice.crt'), client.cert)
        writeFileSync(join(directory, 'alice.key'), client.key)
        return { 'client-certificate': 'alice.crt', 'client-key': 'alice.key' }
      },
      client: 'alice',
    },
    "a plugin's token": {
      user: (directory) => plugin(directory, credential({ token: 'open' })),
      authorization: 'Bearer open',
    },
    "a plugin's client certificate": {
      user: (directory) =>
        plugin(directory, credential({ clientCertificateData: client.cert, clientKeyData: client.key })),
      client: 'alice',
    },
    'a token in a file, as a pod has it': {
      user: (directory) => {
        writeFileSync(join(directory, 'token'), 'from-file')
        return { 'auth-provider': { name: 'tokenFile', config: { tokenFile: join(directory, 'token') } } }
      },
      authorization: 'Bearer from-file',
    },
  }
  for (const [what, { user, authorization, client }] of Object.entries(cases)) {
    await t.test(what, async (t) => {
      const seen: { authorization?: string | undefined; client?: unknown }[] = []
      const server = await startTls(t, (request) => {
        const { socket } = request
        // Empty without a certificate.
        const certificate: Partial<PeerCertificate> = socket instanceof TLSSocket ? socket.getPeerCertificate() : {}
        seen.push({
          authorization: request.headers.authorization,
          client: certificate.subject?.CN,
        })
      })
      const directory = t.testdir()
      const kubeconfig = writeKubeconfig(join(directory, 'config'), { server: server.url, ...trusted }, user(directory))
      const { objects } = await read({ kubeconfig }, ['Node', 'Service', 'Deployment.apps', 'StatefulSet.apps'])
      t.equal(objects.length, 4)
      t.strictSame(seen, Array(4).fill({ authorization, client }))
      if (existsSync(join(directory, 'runs'))) t.equal(readFileSync(join(directory, 'runs'), 'utf8'), 'run\n', 'once')
    })
  }

  await t.test('a plugin that fails is an error that says how, and never quotes what it wrote', async (t) => {
    const directory = t.testdir()
    const server = { server: 'https://127.0.0.1:1' }
    const fail = join(directory, 'fail')
    writeFileSync(fail, '#!/bin/sh\necho "please log in" >&2\nexit 1\n')
    chmodSync(fail, 0o755)
    const users: readonly [object, RegExp][] = [
      [{ exec: { command: fail } }, /credentials for https:\/\/127\.0\.0\.1:1: please log in$/],
      [{ exec: { command: join(directory, 'absent') } }, /absent ENOENT$/],
      [plugin(directory, 'hunter2', 'text'), /no valid JSON$/],
      [plugin(directory, '{"hunter2": 1}', 'other'), /not of the form expected$/],
      [{ 'client-certificate': 'absent.crt' }, /ENOENT.*absent\.crt/],
    ]
    for (const [user, message] of users) {
      const error = await failure({ kubeconfig: writeKubeconfig(join(directory, 'config'), server, user) })
      t.match(error, { code: 'EVENKEEL_KUBECONFIG_INVALID', message })
      t.notMatch(error.message, 'hunter2')
    }
  })
})

t.test('the way to the API server', async (t) => {
  const reach = (t: Test, cluster: object): Promise<ClusterSnapshot> =>
    read({ kubeconfig: writeKubeconfig(join(t.testdir(), 'config'), cluster, { token: 'sesame' }) })
  const fails = (t: Test, cluster: object): Promise<ClusterError> =>
    failure({ kubeconfig: writeKubeconfig(join(t.testdir(), 'config'), cluster, { token: 'sesame' }) })

  await t.test('a CA in a file beside the kubeconfig, a path before the API, a name for the certificate', async (t) => {
    const server = await startTls(t)
    const kubeconfig = join(t.testdir({ 'ca.crt': authority.ca }), 'config')
    const cluster = {
      server: `${server.url}/k8s/clusters/c-1/`,
      'certificate-authority': 'ca.crt',
      'tls-server-name': 'api.example',
    }
    await read({ kubeconfig: writeKubeconfig(kubeconfig, cluster, { token: 'sesame' }) })
    t.same(server.requests, ['/k8s/clusters/c-1/api/v1/nodes?limit=500'])
  })

  await t.test('through a proxy', async (t) => {
    const server = await startTls(t)
    const asked: string[] = []
    const proxy = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push(request.url ?? '')
      const [host, port] = (request.url ?? '').split(':')
      const through = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        through.pipe(socket).pipe(through)
      })
      through.on('error', () => socket.destroy())
      socket.on('error', () => through.destroy())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    t.teardown(() => proxy.close())
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const { objects } = await reach(t, { server: server.url, 'proxy-url': url, ...trusted })
    t.equal(objects.length, 1)
    t.same(asked, [server.url.slice('https://'.length)])
  })

  await t.test('a certificate that is not trusted, expired, or for another name', async (t) => {
    const server = await startTls(t)
    const cases: readonly [object, RegExp][] = [
      [{}, /(unable to verify|self-signed)/],
      [
        { 'certificate-authority-data': base64((await createAuthority('other')).ca) },
        /(unable to|self-signed|signature)/,
      ],
      [{ ...trusted, 'tls-server-name': 'elsewhere.example' }, /elsewhere\.example/],
    ]
    for (const [cluster, message] of cases) {
      const error = await fails(t, { server: server.url, ...cluster })
      t.match(error, { code: 'EVENKEEL_CLUSTER_UNREACHABLE', message })
      t.match(error.message, `cannot reach ${server.url}: `)
    }
    const day = 86_400_000
    const old = await authority.issue({
      names: ['127.0.0.1'],
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    })
    const expired = await startFake(t, () => listOf([]), old)
    t.match(await fails(t, { server: expired.url, ...trusted }), {
      code: 'EVENKEEL_CLUSTER_UNREACHABLE',
      message: /expired/,
    })
    t.same([...server.requests, ...expired.requests], [], 'no token was sent')
    await reach(t, { server: expired.url, 'insecure-skip-tls-verify': true })
    t.equal(expired.requests.length, 1, 'unless the kubeconfig says that it does not matter')
  })

  await t.test('nobody there, and nobody who speaks TLS', async (t) => {
    const kubeconfig = writeKubeconfig(
      join(t.testdir(), 'config'),
      { server: 'https://127.0.0.1:1' },
      { token: 'sesame' },
    )
    // Told at once: with another try this would take an hour.
    await t.rejects(
      readCluster({ kubeconfig, kinds: ['Node'] }, undefined, { ...quick, wait: 3_600_000, longestWait: Infinity }),
      {
        code: 'EVENKEEL_CLUSTER_UNREACHABLE',
        message: 'cannot reach https://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
      },
    )
    t.match(await fails(t, { server: 'https://nowhere.invalid' }), { code: 'EVENKEEL_CLUSTER_UNREACHABLE' })
    const plain = await startFake(t, () => listOf([]))
    t.match(await fails(t, { server: plain.url.replace('http', 'https') }), { code: 'EVENKEEL_CLUSTER_UNREACHABLE' })
  })

  await t.test('an address that is none', async (t) => {
    for (const server of ['127.0.0.1:6443', 'localhost:6443', 'ftp://127.0.0.1'])
      t.match(await fails(t, { server }), { code: 'EVENKEEL_KUBECONFIG_INVALID', message: `at ${server}, which is no` })
  })

  await t.test('without TLS, as kubectl proxy: nothing is verified, and no token shown to everyone', async (t) => {
    const authorized: unknown[] = []
    const server = await startFake(t, (_, __, { request }) => {
      authorized.push(request.headers.authorization)
      return listOf(['node-1'])
    })
    const { objects } = await reach(t, { server: server.url })
    t.equal(objects.length, 1)
    const kubeconfig = join(t.testdir(), 'config')
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: server.url } }],
        contexts: [{ name: 'proxy', context: { cluster: 'c' } }],
        'current-context': 'proxy',
      }),
    )
    await read({ kubeconfig })
    t.same(authorized, [undefined, undefined])
  })
})

t.test('which kubeconfig, and which context', async (t) => {
  const context = (name: string, cluster = name, user = name): object => ({ name, context: { cluster, user } })
  const config = (name: string, server: string, others: object = {}): string =>
    JSON.stringify({
      clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name, user: { token: name } }],
      contexts: [context(name)],
      'current-context': name,
      ...others,
    })

  await t.test('what is no kubeconfig is an error that names the file, and quotes nothing of it', async (t) => {
    const directory = t.testdir()
    const file = join(directory, 'config')
    const texts = [
      '',
      'token: {hunter2',
      'just text hunter2',
      'a: b\n  token: hunter2\n c: d',
      '{"users": [{"user": {"token": "hunter2"}}]}',
      JSON.stringify({ clusters: [{ name: 'x' }] }),
    ]
    for (const text of texts) {
      writeFileSync(file, text)
      const error = await failure({ kubeconfig: file })
      t.match(error, { code: 'EVENKEEL_KUBECONFIG_INVALID' }, text)
      t.notMatch(error.message, 'hunter2')
      t.notMatch(error.message, '\n')
      t.comment(error.message)
    }
    for (const path of [directory, join(directory, 'absent')])
      t.match(await failure({ kubeconfig: path }), { code: 'EVENKEEL_KUBECONFIG_INVALID', message: path })
  })

  await t.test('a context that is asked for, that is not there, that leads nowhere, and none', async (t) => {
    const server = await startFake(t, () => listOf(['node-1']))
    const contexts = [context('one'), context('no-cluster', 'x', 'one'), context('no-user', 'one', 'x')]
    const kubeconfig = join(
      t.testdir({ config: config('one', server.url, { contexts, 'current-context': '' }) }),
      'config',
    )
    t.equal((await read({ kubeconfig, context: 'one' })).objects.length, 1)
    const code = 'EVENKEEL_KUBECONFIG_INVALID'
    t.match(await failure({ kubeconfig, context: 'two' }), {
      code,
      message: 'the kubeconfig has no context two; there are: one, no-cluster, no-user',
    })
    t.match(await failure({ kubeconfig }), {
      code,
      message: /has no current context.*there are: one, no-cluster, no-user$/,
    })
    t.match(await failure({ kubeconfig, context: 'no-cluster' }), { code, message: 'names no cluster' })
    t.match(await failure({ kubeconfig, context: 'no-user' }), { code, message: 'names no user' })
    const bare = join(t.testdir({ config: '{"kind": "Config"}' }), 'config')
    t.match(await failure({ kubeconfig: bare }), { code, message: /there are none$/ })
  })

  await t.test(
    'several files in $KUBECONFIG: the first that names something wins, missing ones are passed over',
    async (t) => {
      const [right, wrong] = [await startFake(t, () => listOf(['node-1'])), await startFake(t, () => listOf([]))]
      const directory = t.testdir({
        one: config('shared', right.url, { 'current-context': '' }),
        two: config('shared', wrong.url),
        three: config('third', right.url),
      })
      const files = ['absent', 'one', 'two', 'three'].map((name) => join(directory, name))
      setEnvironment(t, { KUBECONFIG: ['', ...files].join(delimiter), HOME: directory })
      await read({})
      await read({ context: 'third' })
      t.equal(right.requests.length, 2)
      t.equal(wrong.requests.length, 0)
    },
  )

  await t.test('~/.kube/config, then the service account of the pod, then an error', async (t) => {
    const server = await startFake(t, () => listOf(['node-1']))
    const home = t.testdir({ '.kube': { config: config('home', server.url) } })
    setEnvironment(t, {
      KUBECONFIG: undefined,
      HOME: home,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: '1',
    })
    t.equal((await read({})).objects.length, 1)
    setEnvironment(t, { HOME: join(home, 'elsewhere') })
    t.match((await failure({})).message, /127\.0\.0\.1:1.*/)
    setEnvironment(t, { KUBERNETES_SERVICE_HOST: undefined })
    t.match(await failure({}), { code: 'EVENKEEL_KUBECONFIG_INVALID', message: /^no kubeconfig/ })
  })
})

t.test('the client library is loaded when it is needed, and a Node that cannot load it is told so', async (t) => {
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({
      resolve(name, context, next) {
        if (name.startsWith('@kubernetes/')) loaded.push(name)
        if (loaded.length > 0) throw new Error('the library breaks')
        return next(name, context)
      },
    })
    const { readCluster } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/cluster/read-cluster.ts'))})
    const before = [...loaded]
    const error = await readCluster({ kinds: [] }).catch((error) => error)
    console.log(JSON.stringify({ before, loaded, code: error.code, message: error.message }))`
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program])
  t.strictSame(
    JSON.parse(stdout || '{}'),
    {
      before: [],
      loaded: ['@kubernetes/client-node'],
      code: 'EVENKEEL_NODE_UNSUPPORTED',
      message: `reading a cluster needs Node 22.19 or later; this is ${process.version} (Error: the library breaks)`,
    },
    stderr,
  )
})
