import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { ClusterOptions } from '../../src/cluster/read-cluster.ts'
import type { Pace } from '../../src/cluster/retry.ts'

/** Answers one GET: an object is sent as JSON with 200, a number as a Status of that code; undefined if it wrote itself. */
export type Answer = object | number | string | undefined
export type Handler = (path: string, query: URLSearchParams, exchange: Exchange) => Answer | Promise<Answer>

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** How often this path and query was asked for, this time included. */
  readonly times: number
}

export interface FakeServer {
  readonly url: string
  /** Path and query of every request, in the order they came. */
  readonly requests: string[]
  /** The most requests that were under way at once. */
  readonly most: () => number
  readonly connections: () => number
  readonly options: (kinds: readonly string[], others?: Partial<ClusterOptions>) => ClusterOptions
}

export const quick: Pace = { tries: 4, wait: 1, longestWait: 2000, idle: 2000 }

/** An API server that says what the test wants; plain HTTP unless `tls` is given. */
export async function startFake(t: Test, handler: Handler, tls?: ServerOptions): Promise<FakeServer> {
  const requests: string[] = []
  const counts = { open: 0, most: 0, connections: 0 }
  const listener: RequestListener = (request, response) => {
    const target = request.url ?? ''
    requests.push(target)
    counts.most = Math.max(counts.most, ++counts.open)
    response.on('close', () => counts.open--)
    const { pathname, searchParams } = new URL(target, 'http://fake')
    const times = requests.filter((other) => other === target).length
    void Promise.resolve(handler(pathname, searchParams, { request, response, times })).then((answer) =>
      send(response, answer),
    )
  }
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on(tls ? 'secureConnection' : 'connection', () => counts.connections++)
  server.on('clientError', (_error, socket: Socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const kubeconfig = join(t.testdir(), 'kubeconfig')
  writeKubeconfig(kubeconfig, { server: url, 'insecure-skip-tls-verify': true }, { token: 'sesame' })
  return {
    url,
    requests,
    most: () => counts.most,
    connections: () => counts.connections,
    options: (kinds, others) => ({ kubeconfig, kinds, ...others }),
  }
}

export function writeKubeconfig(path: string, cluster: object, user: object, context: object = {}): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    clusters: [{ name: 'one', cluster }],
    users: [{ name: 'someone', user }],
    contexts: [{ name: 'fake', context: { cluster: 'one', user: 'someone', ...context } }],
  }
  writeFileSync(path, JSON.stringify(config))
  return path
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === undefined) return
  if (typeof answer === 'number') response.statusCode = answer
  response.setHeader('content-type', 'application/json')
  if (typeof answer === 'string') response.end(answer)
  else response.end(JSON.stringify(typeof answer === 'number' ? statusOf(answer) : answer))
}

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
  503: 'ServiceUnavailable',
}

function statusOf(code: number): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: reasons[code], message: `said ${code}`, code }
}

/** A list as the API server sends it: its items say neither apiVersion nor kind. */
export function listOf(names: readonly string[], next?: string): object {
  return {
    kind: 'List',
    metadata: { resourceVersion: '7', ...(next === undefined ? {} : { continue: next, remainingItemCount: 1 }) },
    items: names.map((name) => itemOf(name)),
  }
}

/** `shop/web`: in a namespace; `node-1`: in none. */
export function itemOf(name: string): object {
  const [own = '', namespace] = name.split('/').reverse()
  return { metadata: { name: own, ...(namespace === undefined ? {} : { namespace }) }, spec: {} }
}
