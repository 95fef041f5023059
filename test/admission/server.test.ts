import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { createDevCertificate } from '../../src/admission/dev-certificate.ts'
import { createReadiness } from '../../src/admission/health.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../src/admission/server.ts'
import { checkCertificate } from '../../src/admission/tls.ts'
import { createAuthority, type Leaf } from './authority.ts'
import { type Answer, get, parts, post, reviewOf, type Target, uid } from './review.ts'

t.setTimeout(180_000)

const authority = await createAuthority()
const names = ['localhost', '127.0.0.1']
const day = 24 * 3600 * 1000
const body = JSON.stringify(reviewOf())

async function start(t: Test, certificate: ServerOptions['certificate'], more: Partial<ServerOptions> = {}) {
  const { lines, ...options } = parts()
  const readiness = createReadiness()
  readiness.set('policies', { ok: false, detail: 'not yet' })
  readiness.set('policies', { ok: true, detail: '1 loaded' })
  const shutdown = { lameDuck: 0, drain: 1000 }
  const server = await startServer({
    ...options,
    readiness,
    host: '127.0.0.1',
    port: 0,
    healthPort: 0,
    certificate,
    shutdown,
    ...more,
  })
  t.teardown(() => server.shutdown())
  return {
    ...options,
    readiness,
    server,
    lines,
    target: { url: `${server.url}/validate?timeout=5s`, ca: authority.ca },
  }
}

/** A directory as kubelet mounts a Secret: files are links through `..data`, which is swapped whole. */
async function mountSecret(t: Test, files: Record<string, string>) {
  const dir = await mkdtemp(join(tmpdir(), 'evenkeel-tls-'))
  t.teardown(() => rm(dir, { recursive: true }))
  let version = 0
  const swap = async (next: Record<string, string>): Promise<void> => {
    const name = `..2026_${version++}`
    await mkdir(join(dir, name))
    for (const [file, text] of Object.entries(next)) await writeFile(join(dir, name, file), text)
    await symlink(name, join(dir, '..data_tmp'))
    await rename(join(dir, '..data_tmp'), join(dir, '..data'))
    if (version > 1) await rm(join(dir, `..2026_${version - 2}`), { recursive: true })
  }
  await swap(files)
  for (const file of Object.keys(files)) await symlink(join('..data', file), join(dir, file))
  return { dir, swap }
}

async function pair(options: Partial<Leaf> = {}, from = authority) {
  const { cert, key } = await from.issue({ names, ...options })
  return { 'tls.crt': cert, 'tls.key': key }
}

async function createLeaf() {
  return authority.issue({ names })
}

/** The serial number of the certificate that a new connection is shown. */
async function serialShown(server: RunningServer): Promise<string> {
  const socket = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

async function eventually(t: Test, what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (performance.now() < end) {
    if (await condition()) return t.pass(what) as never
    await delay(20)
  }
  t.fail(what)
}

/** Sends reviews over keep-alive connections until told to stop. `dial` names the target of each new connection. */
function load(dial: () => Target, connections: number, pause = 0) {
  const answers: Answer[] = []
  const failures: unknown[] = []
  let running = true
  const loops = Array.from({ length: connections }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let target = dial()
    while (running) {
      const answer = await post({ ...target, agent }, body).catch((error: unknown) => void failures.push(error))
      if (answer !== undefined) answers.push(answer)
      if (answer?.headers.connection !== 'keep-alive') target = dial()
      await delay(pause)
    }
    agent.destroy()
  })
  return {
    answers,
    failures,
    stop: async () => {
      running = false
      await Promise.all(loops)
    },
  }
}

t.test('a certificate is replaced under load without one failed request', async (t) => {
  const { dir, swap } = await mountSecret(t, await pair())
  const { server, target, lines, metrics } = await start(t, { dir })
  const running = load(() => target, 4)
  let serial = await serialShown(server)
  for (let round = 0; round < 5; round++) {
    const days = 10 + round
    await swap(await pair({ notAfter: new Date(Date.now() + days * day) }))
    await eventually(t, `new connections see certificate ${round}`, async () => {
      const shown = await serialShown(server)
      const isNew = shown !== serial
      serial = shown
      return isNew
    })
    t.match(await post(target, body), { status: 200 })
  }
  await running.stop()
  t.strictSame(running.failures, [])
  t.ok(running.answers.length > 50, `${running.answers.length} answers`)
  t.strictSame(
    running.answers.filter(({ status }) => status !== 200),
    [],
  )
  t.equal(lines().filter(({ msg }) => String(msg).startsWith('certificate replaced')).length, 5)
  const expiry = /^evenkeel_certificate_expiry_timestamp_seconds ([0-9.e+]+)$/m.exec(await metrics.render())?.[1]
  t.ok(Math.abs(Number(expiry) - (Date.now() + 14 * day) / 1000) < 60, `expires ${expiry}`)
})

t.test(
  'a certificate that must not be served is refused, and said so; the old one stays until a good one comes',
  async (t) => {
    const { dir, swap } = await mountSecret(t, await pair())
    const { server, target, lines, metrics } = await start(t, { dir, serverNames: ['localhost'] })
    const serial = await serialShown(server)
    const good = await pair()
    const bad: [Record<string, string>, RegExp][] = [
      [{ ...good, 'tls.key': '' }, /tls\.key holds no private key/],
      [{ ...good, 'tls.crt': '' }, /tls\.crt holds no certificate/],
      [{ ...good, 'tls.key': (await pair())['tls.key'] }, /tls\.key is not the key of tls\.crt/],
      [await pair({ notAfter: new Date(Date.now() - 1000) }), /tls\.crt has expired/],
      [await pair({ names: ['other.example'] }), /tls\.crt is not for localhost/],
      [{ 'tls.crt': good['tls.crt'] }, /tls\.key cannot be read \(ENOENT\)/],
      [{ ...good, 'client-ca.crt': authority.ca }, /client-ca\.crt is new: it needs a restart/],
    ]
    for (const [index, [files, problem]] of bad.entries()) {
      await swap(files)
      await eventually(
        t,
        `refused: ${problem.source}`,
        () => lines().filter(({ level }) => level === 'warn').length === index + 1,
      )
      t.match(lines().at(-1), { msg: problem })
      const { status, body: text } = await get(`${server.healthUrl}/readyz`)
      t.equal(status, 200, 'the old one still serves')
      t.match(text, /^\[\+\]certificate: valid until 20.*; the one in .* is refused: /m)
      t.match(text, problem)
      t.equal(await serialShown(server), serial)
      t.match(await post(target, body), { status: 200 })
    }
    t.match(await metrics.render(), `evenkeel_certificate_load_failures_total ${bad.length}`)
    await swap(good)
    await eventually(t, 'a good one is taken', async () => (await serialShown(server)) !== serial)
    t.notMatch((await get(`${server.healthUrl}/readyz`)).body, 'refused')
  },
)

t.test('files in a plain directory are watched too, however often they are rewritten', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'evenkeel-tls-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const write = async (files: Record<string, string>): Promise<void> => {
    for (const [file, text] of Object.entries(files)) await writeFile(join(dir, file), text)
  }
  await write(await pair())
  const { server } = await start(t, { dir })
  for (let round = 0; round < 3; round++) {
    const serial = await serialShown(server)
    await write(await pair())
    await eventually(t, `rewrite ${round}`, async () => (await serialShown(server)) !== serial)
  }
})

t.test('there is no start without a certificate to serve', async (t) => {
  const { dir } = await mountSecret(t, { ...(await pair()), 'tls.key': '' })
  const options = parts()
  const fails = (certificate: ServerOptions['certificate'], clientNames?: string[]) =>
    startServer({
      ...options,
      readiness: createReadiness(),
      host: '127.0.0.1',
      port: 0,
      healthPort: 0,
      certificate,
      ...(clientNames && { clientNames }),
    })
  const code = 'EVENKEEL_CERTIFICATE_INVALID'
  await t.rejects(fails({ dir }), { code, message: /tls\.key holds no private key/ })
  await t.rejects(fails({ dir: join(dir, 'nowhere') }), { code, message: /nowhere.*cannot be read \(ENOENT\)/ })
  const { cert, key } = await createDevCertificate()
  await t.rejects(fails({ cert, key, clientCa: authority.ca }), { code, message: /names of the clients/ })
  await t.rejects(fails({ cert, key }, ['api-server']), { code, message: /need a client-ca\.crt/ })
})

t.test('a taken port is an error, and nothing is left behind', async (t) => {
  const { server } = await start(t, await createDevCertificate())
  const options = parts()
  const port = Number(new URL(server.url).port)
  await t.rejects(
    startServer({
      ...options,
      readiness: createReadiness(),
      host: '127.0.0.1',
      port,
      healthPort: 0,
      certificate: await createDevCertificate(),
    }),
    { code: 'EADDRINUSE' },
  )
})

t.test('what Go would refuse is refused before: names, usage, dates, chain', async (t) => {
  const now = Date.now()
  const check = (cert: string, key: string, serverNames: string[] = [], clientCa?: string) =>
    checkCertificate({ cert, key, clientCa }, { serverNames, now })
  const issue = (options: Partial<Leaf> = {}) => authority.issue({ names, ...options })
  const { cert, key } = await issue({ notAfter: new Date(now + 3 * day) })
  t.match(check(cert, key, names.slice(0, 1)), { files: { cert, key }, expires: Number })
  t.match(
    check(`${cert}\n${authority.ca}`, key),
    { expires: Math.floor((now + 3 * day) / 1000) * 1000 },
    'with its CA: the first to end counts',
  )
  t.match(check(`${cert}\n${(await createAuthority()).ca}`, key), { problem: /no chain/ })
  t.match(check(`${authority.ca}\n${cert}`, key), { problem: /not the key/ }, 'in the wrong order')
  t.match(check(cert.replace(/[A-Za-z0-9+/]{40}/, 'A'.repeat(40)), key), { problem: /holds no certificate/ })
  t.match(check(cert, key, ['evenkeel.evenkeel.svc']), { problem: 'tls.crt is not for evenkeel.evenkeel.svc' })
  const wild = await issue({ names: ['*.evenkeel.svc'] })
  t.match(check(wild.cert, wild.key, ['evenkeel.evenkeel.svc']), { expires: Number })
  const client = await issue({ usage: 'clientAuth' })
  t.match(check(client.cert, client.key), { problem: /not for servers/ })
  const future = await issue({ notBefore: new Date(now + day), notAfter: new Date(now + 2 * day) })
  t.match(check(future.cert, future.key), { problem: /not valid before/ })
  const nameless = await issue({ names: [] })
  t.match(check(nameless.cert, nameless.key), { problem: /no subject alternative name/ })
  t.match(check(cert, key, [], ''), { problem: /client-ca\.crt holds no certificate/ })
  t.match(check(cert, key, [], authority.ca), { files: { clientCa: authority.ca } })
})

t.test('with a client CA only its certificates of the named clients may call', async (t) => {
  const callers = await createAuthority('callers')
  const files = { ...(await pair()), 'client-ca.crt': callers.ca }
  const { dir, swap } = await mountSecret(t, files)
  const { target, server, metrics } = await start(t, { dir }, { clientNames: ['api-server', 'api.other.example'] })
  const as = async (names: string[], from = callers, commonName = names[0] ?? '') => ({
    ...target,
    ...(await from.issue({ names, commonName, usage: 'clientAuth' })),
  })
  t.match(await post(await as(['x.example'], callers, 'api-server'), body), { status: 200 }, 'by common name')
  t.match(await post(await as(['x.example', 'api.other.example']), body), { status: 200 }, 'by DNS name')
  const stranger = await post(await as(['api-server.evil']), body)
  t.match(stranger, { status: 403, headers: { connection: 'close' }, body: /does not know the name/ })
  t.equal((await post(await as(['*.other.example']), body)).status, 403, 'a wildcard names nobody')
  await t.rejects(post(await as(['api-server'], authority), body), 'of another CA')
  await t.rejects(post(target, body), 'without a certificate')
  t.match(await metrics.render(), 'evenkeel_admission_refusals_total{reason="Forbidden"} 2')
  t.equal((await get(`${server.healthUrl}/livez`)).status, 200, 'kubelet has no certificate')

  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...(await as(['api-server'])) })
  t.teardown(() => agent.destroy())
  t.match(await post({ ...target, agent }, body), { status: 200, headers: { connection: 'keep-alive' } })
  const next = await createAuthority('next callers')
  await swap({ ...files, 'client-ca.crt': next.ca })
  const nextCaller = { ...target, ...(await next.issue({ names: ['api-server'], usage: 'clientAuth' })) }
  await eventually(t, 'the next CA is taken', () =>
    post(nextCaller, body).then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
  t.match(
    await post({ ...target, agent }, body),
    { headers: { connection: 'close' } },
    'what the old CA let in retires',
  )
  await t.rejects(post({ ...target, agent }, body), 'and does not come in again')
})

t.test('probes: alive at once, ready when every check holds, and the text says which does not', async (t) => {
  const { server, readiness } = await start(t, await createDevCertificate())
  const health = async (path: string) => {
    const { status, body: text, headers } = await get(server.healthUrl + path)
    return { status, text, type: headers['content-type'] }
  }
  t.match(await health('/livez'), { status: 200, text: 'alive\n' })
  t.match(await health('/readyz'), {
    status: 200,
    text: /^\[\+\]policies: 1 loaded\n\[\+\]certificate: valid until .*\nready\n$/,
  })
  readiness.set('policies', { ok: true, detail: '1 loaded; the last reload failed: evenkeel.yaml:3: unknown rule' })
  t.match(
    await health('/readyz'),
    { status: 200, text: /the last reload failed: evenkeel\.yaml:3/ },
    'the old policies serve',
  )
  readiness.watch('cluster', () => ({ ok: false, detail: 'caches not synced' }))
  t.match(await health('/readyz'), {
    status: 503,
    text: /^\[\+\]policies.*\n.*\n\[-\]cluster: caches not synced\nnot ready\n$/,
  })
  t.match(await health('/metrics'), {
    status: 200,
    type: /^text\/plain; version=0\.0\.4/,
    text: /evenkeel_policies_loaded 0/,
  })
  t.match(await health('/validate'), { status: 404 })
})

t.test('not ready before what is expected has been reported, or with an expired certificate', async (t) => {
  const readiness = createReadiness()
  readiness.set('policies', { ok: false, detail: 'not yet' })
  t.strictSame(readiness.read(), { ok: false, text: '[-]policies: not yet\nnot ready\n' })
  const soon = await authority.issue({ names, notAfter: new Date(Date.now() + 1500) })
  const { server } = await start(t, soon)
  t.match(await get(`${server.healthUrl}/readyz`), { status: 200 })
  await eventually(t, 'not ready any more', async () => (await get(`${server.healthUrl}/readyz`)).status === 503)
  t.match((await get(`${server.healthUrl}/readyz`)).body, /\[-\]certificate: valid until/)
})

t.test('shutdown under load: not ready, then retiring, then gone; not one request fails', async (t) => {
  const { server, target } = await start(t, await createLeaf(), { shutdown: { lameDuck: 1200, drain: 2000 } })
  const staying = await start(t, await createLeaf())
  // As kube-proxy does: once the endpoint is gone new connections go to another replica; open ones stay where they are.
  let endpoint = target
  const running = load(() => endpoint, 6, 5)
  await delay(200)
  const started = performance.now()
  const done = server.shutdown()
  t.equal(server.shutdown(), done, 'asked twice, done once')
  const before = running.answers.length
  t.match(await get(`${server.healthUrl}/readyz`), { status: 503, body: /\[-\]shutdown: draining/ })
  await delay(300)
  t.ok(running.answers.length > before, 'still serving')
  t.equal(running.answers.at(-1)?.headers.connection, 'keep-alive')
  t.match(await post(target, body), { status: 200 }, 'new connections too')
  endpoint = staying.target
  t.match(await get(`${server.healthUrl}/livez`), { status: 200 }, 'alive, so that kubelet does not kill it')
  await done
  const took = performance.now() - started
  t.ok(took > 1150 && took < 3000, `${Math.round(took)} ms`)
  await t.rejects(() => post(target, body), 'gone')
  await t.rejects(() => get(`${server.healthUrl}/livez`), 'gone')
  await delay(100)
  await running.stop()
  t.strictSame(running.failures, [])
  t.strictSame(
    running.answers.filter(({ status }) => status !== 200),
    [],
  )
  t.equal(
    running.answers.filter(({ headers }) => headers.connection === 'close').length,
    6,
    'each connection retired once',
  )
  t.ok(staying.lines().length > 6, 'and its client went on elsewhere')
})

t.test(
  'requests under way when the listener closes are answered; a body that never ends does not hold the process',
  async (t) => {
    const { server, target } = await start(t, await createLeaf(), {
      shutdown: { lameDuck: 0, drain: 1500 },
    })
    const finish: (() => void)[] = []
    const slow = [0, 1].map(() =>
      post({ ...target, url: target.url.replace('5s', '30s') }, body, {}, (request) => {
        request.write(body.slice(0, 100))
        finish.push(() => request.end(body.slice(100)))
      }),
    )
    const [first, second] = slow
    const hanging = t.rejects(async () => await second, 'cut off at the bound')
    await delay(200)
    const started = performance.now()
    const done = server.shutdown()
    await delay(300)
    finish[0]?.()
    t.match(await first, { status: 200, body: uid, headers: { connection: 'close' } })
    await done
    await hanging
    const took = performance.now() - started
    t.ok(took > 1400 && took < 3000, `${Math.round(took)} ms`)
  },
)

t.test(
  'connections opened ahead, which never carried a request, do not hold up the end; one that has begun to ask is heard',
  async (t) => {
    const { server } = await start(t, await createLeaf(), { shutdown: { lameDuck: 100, drain: 5000 } })
    const port = Number(new URL(server.url).port)
    const ahead = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const silent = connectPlain({ port, host: '127.0.0.1' })
    const asking = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const all = [ahead, silent, asking]
    for (const socket of all) socket.on('error', () => undefined)
    await Promise.all([once(ahead, 'secureConnect'), once(silent, 'connect'), once(asking, 'secureConnect')])
    asking.write('POST /validate?timeout=5s HTTP/1.1\r\nHost: x\r\n')
    await delay(100)
    const started = performance.now()
    const ends = [ahead, silent].map((socket) => once(socket, 'close'))
    const done = server.shutdown()
    await delay(50)
    t.strictSame(
      all.map(({ closed }) => closed),
      [false, false, false],
      'not before the lame duck has ended',
    )
    await Promise.all(ends)
    t.ok(performance.now() - started < 2000, 'closed as the drain begins')
    const answer = once(asking.setEncoding('utf8'), 'data')
    asking.write(`Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    t.match(await answer, [/^HTTP\/1\.1 200 /])
    await done
    const took = performance.now() - started
    t.ok(took < 3000, `${Math.round(took)} ms`)
  },
)

t.test('a connection so young that its first request may be on the way is not closed under it', async (t) => {
  const { server } = await start(t, await createLeaf(), { shutdown: { lameDuck: 0, drain: 3000 } })
  const young = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', rejectUnauthorized: false })
  young.on('error', () => undefined)
  await once(young, 'secureConnect')
  const answer = text(young)
  const done = server.shutdown()
  await delay(300)
  young.write(`POST /validate?timeout=5s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`)
  young.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  t.match(await answer, /^HTTP\/1\.1 200 /)
  await done
})

t.test('a connection that begins a handshake and does not end it is closed at the bound', async (t) => {
  const { server } = await start(t, await createLeaf(), { shutdown: { lameDuck: 0, drain: 600 } })
  const stuck = connectPlain({ port: Number(new URL(server.url).port), host: '127.0.0.1' })
  stuck.on('error', () => undefined)
  await once(stuck, 'connect')
  // The head of a TLS record that says that 256 bytes follow.
  stuck.write(Buffer.from([22, 3, 1, 1, 0]))
  await delay(100)
  const started = performance.now()
  await server.shutdown()
  const took = performance.now() - started
  t.ok(took > 550 && took < 3000, `${Math.round(took)} ms`)
})
