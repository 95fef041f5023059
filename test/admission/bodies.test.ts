import { once } from 'node:events'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectTcp } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import { Worker } from 'node:worker_threads'
import t, { type Test } from 'tap'
import { type AppOptions, createApp } from '../../src/admission/app.ts'
import { createConnections } from '../../src/admission/connections.ts'
import { createDevCertificate } from '../../src/admission/dev-certificate.ts'
import type { FloodResult } from './flood.ts'
import { admits, deployment, parts, post, reviewer, reviewOf, type Target, uid } from './review.ts'

t.setTimeout(180_000)

const { ca, cert, key } = await createDevCertificate()
const mebibyte = 1024 * 1024

async function serve(t: Test, given: Partial<AppOptions> = {}) {
  const options = parts(given)
  const app = createApp({ ...options, tls: { context: { cert, key }, requestCert: false } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(async () => {
    app.server.closeAllConnections()
    await app.close()
  })
  const { port } = app.server.address() as AddressInfo
  const target = (path = '/validate?timeout=10s', agent?: Agent): Target => ({
    url: `https://127.0.0.1:${port}${path}`,
    ca,
    ...(agent && { agent }),
  })
  return { options, app, port, target }
}

/** A review of about this many bytes. */
function padded(bytes: number): string {
  const review = JSON.stringify(reviewOf({ object: deployment({ padding: 'PADDING' }) }))
  return review.replace('PADDING', 'x'.repeat(Math.max(0, bytes - review.length + 7)))
}

t.test('over TLS 1.2 and 1.3, HTTP/1.1 only, whatever is offered', async (t) => {
  const { port, target } = await serve(t)
  t.match(await post(target(), JSON.stringify(reviewOf())), { status: 200 })
  const handshake = async (options: object) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options })
    await once(socket, 'secureConnect')
    const { alpnProtocol } = socket
    const protocol = socket.getProtocol()
    socket.destroy()
    return { alpnProtocol, protocol }
  }
  t.match(await handshake({ ALPNProtocols: ['h2', 'http/1.1'] }), { alpnProtocol: 'http/1.1', protocol: 'TLSv1.3' })
  t.match(await handshake({ maxVersion: 'TLSv1.2' }), { protocol: 'TLSv1.2' })
  await t.rejects(handshake({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }))
  await t.rejects(handshake({ ALPNProtocols: ['h2'] }))
})

t.test(
  'a body of 6 MiB is judged; one of 8 MiB is 413, with or without its length told, and the answer arrives',
  async (t) => {
    const { target, options } = await serve(t)
    t.match(await post(target(), padded(6 * mebibyte)), { status: 200, body: uid })
    const tooLarge = padded(8 * mebibyte)
    const told = await post(target(), tooLarge)
    t.match(told, { status: 413, headers: { connection: 'close' } })
    t.match(JSON.parse(told.body), { kind: 'Status', code: 413, reason: 'RequestEntityTooLarge' })
    const chunked = await post(
      target(),
      tooLarge,
      { 'transfer-encoding': 'chunked', 'content-length': '' as never },
      (request) => {
        request.removeHeader('content-length')
        request.end(tooLarge)
      },
    )
    t.equal(chunked.status, 413)
    const small = await post(target(), '', {}, (request) => {
      request.removeHeader('content-length')
      request.end(padded(1000))
    })
    t.equal(small.status, 200, 'a small body of unknown length')
    t.match(await options.metrics.render(), 'evenkeel_admission_refusals_total{reason="RequestEntityTooLarge"} 2')
  },
)

t.test('a review split over many packets is read whole, characters of several bytes included', async (t) => {
  const names: string[] = []
  const { target } = await serve(t, {
    reviewer: reviewer(({ name }) => {
      names.push(name)
      return admits
    }),
  })
  const body = Buffer.from(JSON.stringify(reviewOf({ name: '\u{1f600}\u00e9'.repeat(20) })))
  const answer = await post(target(), body, {}, (request) => {
    const next = (at: number): void => {
      if (at >= body.length) request.end()
      else request.write(body.subarray(at, at + 97), () => setImmediate(() => next(at + 97)))
    }
    next(0)
  })
  t.equal(answer.status, 200)
  t.strictSame(names, ['\u{1f600}\u00e9'.repeat(20)])
})

t.test('a flood of big bodies: bounded memory, an answer to each, and small reviews get through', async (t) => {
  const { target, options } = await serve(t, { limits: { bodyBudgetBytes: 12 * mebibyte, maxWaiting: 8 } })
  let peak = 0
  const before = process.memoryUsage().arrayBuffers
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
  }, 2)
  // In a thread of their own: its buffers are not counted here.
  const flood = new Worker(new URL('./flood.ts', import.meta.url), {
    workerData: { target: target('/validate?timeout=30s'), big: padded(5 * mebibyte), count: 60, small: padded(1000) },
  })
  const [{ answers, quick }] = (await once(flood, 'message')) as [FloodResult]
  clearInterval(sampler)
  const judged = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status === 429)
  t.equal(judged.length + refused.length, 60)
  t.ok(judged.length >= 10, `${judged.length} judged: two at a time and eight that waited`)
  t.ok(refused.length >= 10, `${refused.length} sent away`)
  for (const { headers, body } of refused) {
    t.match(headers, { 'retry-after': '1', connection: 'close' })
    t.match(JSON.parse(body), { kind: 'Status', reason: 'TooManyRequests' })
  }
  t.ok(quick.length > 5 && quick.every((status) => status === 200), `${quick.length} small reviews`)
  // What the budget holds, and packets that the collector has not taken yet: it comes at 64 MiB.
  t.ok(peak > 10 * mebibyte && peak < 110 * mebibyte, `${Math.round(peak / mebibyte)} MiB of 300`)
  t.match(
    await options.metrics.render(),
    `evenkeel_admission_refusals_total{reason="TooManyRequests"} ${refused.length}`,
  )
  t.match(await post(target(), padded(5 * mebibyte)), { status: 200 }, 'and then there is room again')
})

t.test('one that waits for room longer than its caller does is sent away', async (t) => {
  const { target } = await serve(t, { limits: { bodyBudgetBytes: mebibyte, maxWaiting: 8 } })
  const body = padded(mebibyte)
  let release: (() => void) | undefined
  const holder = post(target('/validate?timeout=30s'), body, {}, (request) => {
    request.write(body.slice(0, 1000))
    release = () => request.end(body.slice(1000))
  })
  await delay(100)
  const started = performance.now()
  const waiting = await post(target('/validate?timeout=2s'), body)
  const waited = performance.now() - started
  t.equal(waiting.status, 429)
  t.ok(waited > 1550 && waited < 2500, `after ${Math.round(waited)} ms of the two seconds it had`)
  const next = post(target('/validate?timeout=30s'), body)
  release?.()
  t.match(
    await Promise.all([holder, next]),
    [{ status: 200 }, { status: 200 }],
    'the others are judged one after the other',
  )
})

t.test('clients that go away give their room back', async (t) => {
  const { target, port, options } = await serve(t, { limits: { bodyBudgetBytes: mebibyte, maxWaiting: 2 } })
  const body = padded(mebibyte)
  for (let round = 0; round < 3; round++) {
    const gone = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const socket = await dial(port)
        socket.write(
          `POST /validate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 100_000)}`,
        )
        return socket
      }),
    )
    await delay(50)
    for (const socket of gone) socket.destroy()
    await delay(50)
  }
  t.match(await post(target(), body), { status: 200 })
  t.strictSame(
    options.lines().map(({ decision }) => decision),
    ['admit'],
  )
})

t.test('a body that trickles in is cut off before its caller gives up, and holds nobody else up', async (t) => {
  const { target, port } = await serve(t)
  const started = performance.now()
  const socket = await dial(port)
  let answer = ''
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  socket.write(
    'POST /validate?timeout=2s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{',
  )
  const drip = setInterval(() => socket.write(' '), 20)
  t.match(await post(target('/validate?timeout=1s'), padded(1000)), { status: 200 })
  await once(socket, 'close')
  clearInterval(drip)
  const took = performance.now() - started
  t.match(answer, /^HTTP\/1\.1 408 .*connection: close/is)
  t.match(answer, /"reason":"Timeout"/)
  t.ok(took > 1550 && took < 2500, `after ${Math.round(took)} ms of the two seconds`)
})

t.test('headers that trickle in, and connections that say nothing, end when the limit says', async (t) => {
  const { port } = await serve(t, {
    limits: { headersTimeout: 300, connectionsCheckingInterval: 50, handshakeTimeout: 300 },
  })
  for (const first of ['POST /validate HTTP/1.1\r\nHost: x\r\nX-Slow: ', '']) {
    const socket = await dial(port)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += String(chunk)
    })
    const started = performance.now()
    if (first !== '') socket.write(first)
    await once(socket, 'close')
    t.ok(performance.now() - started < 1500)
    t.match(answer, /^HTTP\/1\.1 408 .*Connection: close.*"kind":"Status"/s)
  }
  const silent = connectTcp(port, '127.0.0.1')
  silent.on('error', () => undefined)
  const started = performance.now()
  await once(silent, 'close')
  t.ok(performance.now() - started < 1500, 'a TCP connection without a TLS handshake')
})

t.test('what is no HTTP gets a 400 or a closed socket, and the server goes on', async (t) => {
  const { port, target } = await serve(t)
  const say = async (text: string): Promise<string> => {
    const socket = await dial(port)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += String(chunk)
    })
    socket.on('error', () => undefined)
    socket.write(text)
    await once(socket, 'close')
    return answer
  }
  t.match(await say('\u0016\u0003 nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*"kind":"Status"/s)
  t.match(await say(`POST /validate HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
  t.match(
    await say('POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}'),
    /^HTTP\/1\.1 400 /,
  )
  t.match(await say('POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}'), /^HTTP\/1\.1 400 /)
  const plain = connectTcp(port, '127.0.0.1')
  plain.on('error', () => undefined)
  plain.write('GET / HTTP/1.1\r\n\r\n')
  await once(plain, 'close')
  t.match(await post(target(), padded(1000)), { status: 200 })
})

t.test('a review that has no time left is answered by the failure policy, unjudged', async (t) => {
  const { target, options } = await serve(t, {
    reviewer: reviewer(({ name }) => {
      // The engine is synchronous: whoever comes meanwhile waits as bytes in the kernel.
      if (name === 'slow') for (const end = performance.now() + 1000; performance.now() < end; );
      return admits
    }),
    failurePolicyOf: ({ namespace }) => (namespace === 'lenient' ? 'Ignore' : 'Fail'),
  })
  const late = async (path: string, request: object) => {
    const body = Buffer.from(JSON.stringify(reviewOf(request)))
    // Its headers are taken in before the loop is blocked, its body after that.
    const answer = post(target(path), body, {}, (sent) => {
      sent.write(body.subarray(0, 10))
      setTimeout(() => sent.end(body.subarray(10)), 250)
    })
    await delay(120)
    const blocking = post(target(), JSON.stringify(reviewOf({ name: 'slow' })))
    const [{ status, body: text }] = await Promise.all([answer, blocking])
    t.equal(status, 200)
    return (JSON.parse(text) as { response: object }).response
  }
  t.match(await late('/validate?timeout=1s', {}), {
    uid,
    allowed: false,
    status: {
      code: 503,
      reason: 'ServiceUnavailable',
      message: /had no time left for Deployment shop\/web.*Try again/,
    },
  })
  t.match(await late('/validate?timeout=1s', { namespace: 'lenient' }), {
    uid,
    allowed: true,
    warnings: [/had no time left/],
  })
  t.match(await late('/mutate?timeout=1s', {}), {
    uid,
    allowed: true,
    warnings: [/no time left .*no field was filled in/],
  })
  t.match(await late('/validate?timeout=30s', {}), { uid, allowed: true, warnings: undefined })
  t.match(await options.metrics.render(), 'evenkeel_admission_failures_total{path="validate",cause="late"} 2')
  t.match(options.lines().filter(({ failure }) => failure === 'late').length, 3)
})

t.test('a connection retires by announcement after so many requests, or so long', async (t) => {
  const { target } = await serve(t, { connections: createConnections({ maxRequests: 3, maxAge: 200 }) })
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  t.teardown(() => agent.destroy())
  const header = async () => (await post(target('/validate', agent), padded(500))).headers.connection
  t.strictSame([await header(), await header(), await header()], ['keep-alive', 'keep-alive', 'close'])
  t.equal(await header(), 'keep-alive', 'on a new connection')
  await delay(220)
  t.equal(await header(), 'close')
})

t.test('beyond the bound of connections new ones are not taken, and open ones go on', async (t) => {
  const { target, port } = await serve(t, { limits: { maxConnections: 2 } })
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
  t.teardown(() => agent.destroy())
  await post(target('/validate', agent), padded(500))
  const second = await dial(port)
  await t.rejects(post(target(), padded(500)))
  t.match(await post(target('/validate', agent), padded(500)), { status: 200 })
  second.destroy()
  await delay(50)
  t.match(await post(target(), padded(500)), { status: 200 })
})

t.test(
  'silent connections do not keep others out: once they are too many, those that asked nothing are closed',
  async (t) => {
    const { target, port, options } = await serve(t, { limits: { maxConnections: 5 } })
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca })
    t.teardown(() => agent.destroy())
    await post(target('/validate', agent), padded(500))
    const uploading = await dial(port)
    uploading.write('POST /validate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n')
    uploading.write(`Content-Length: ${padded(500).length}\r\n\r\n{`)
    const begun = await dial(port)
    begun.write('POST /validate HTTP/1.1\r\n')
    const bare = connectTcp({ port, host: '127.0.0.1' })
    const idle = [await dial(port), begun, bare]
    const ends = idle.map((socket) => once(socket, 'close'))
    await delay(1100)
    await t.rejects(post(target(), padded(500)), 'this one comes too early')
    await Promise.all(ends)
    t.match(await post(target(), padded(500)), { status: 200 })
    t.match(await post(target('/validate', agent), padded(500)), { status: 200 }, 'whoever has asked stays')
    t.equal(uploading.closed, false, 'and whoever is asking')
    uploading.destroy()
    t.match(await options.metrics.render(), 'evenkeel_admission_refusals_total{reason="TooManyConnections"} 1')
    t.match(
      options.lines().filter(({ level }) => level === 'warn'),
      [{ msg: /^connections dropped: 5 are open/ }],
    )
  },
)

async function dial(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca })
  socket.on('error', () => undefined)
  await once(socket, 'secureConnect')
  return socket
}
