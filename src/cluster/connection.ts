import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** What the API server answered, whatever the status. */
export interface Answer {
  readonly status: number
  /** Milliseconds it asks to wait before the next try; 0 if it does not ask. */
  readonly retryAfter: number
  /** Undefined where it is too large to be read. */
  readonly body: string | undefined
}

/** One GET of a path; rejects only when there is no whole answer. */
export type Get = (path: string) => Promise<Answer>

/** Where the API server is, and how it knows who asks. */
export interface Target {
  readonly server: string
  /** Whether there is a proxy on the way, which only agents that `authenticate` brings know. */
  readonly hasProxy: boolean
  /** Adds to a request what tells who asks, and what the server is trusted by. Rejects with a `ClusterError`. */
  readonly authenticate: (options: RequestOptions) => Promise<void>
}

export interface Connection {
  readonly server: string
  readonly get: Get
  close(): void
}

/** Bytes of one answer, unzipped: a page has 500 objects, of which few are large. */
const largestAnswer = 256 * 1024 * 1024
const accepted = { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': 'evenkeel' }

/** Connects to the target. A connection on which nothing arrives for `idle` milliseconds is given up. */
export async function connect({ server, hasProxy, authenticate }: Target, idle: number): Promise<Connection> {
  const isPlain = server.startsWith('http:')
  const request = isPlain ? httpRequest : httpsRequest
  // The library's own agents open a connection for each request, but only they know the way through a proxy.
  const ownAgent = new (isPlain ? HttpAgent : HttpsAgent)({ keepAlive: true })
  const credentials = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {}
    await authenticate(options)
    return hasProxy ? options : { ...options, agent: ownAgent }
  }
  // A credential plugin is run here once, not by each of the first requests; later on the library keeps what it said.
  await credentials()
  const get: Get = async (path) => {
    const { headers, ...options } = await credentials()
    return new Promise((resolve, reject) => {
      const call = request(server + path, {
        ...options,
        headers: { ...(headers as OutgoingHttpHeaders), ...accepted },
      })
      call.on('response', (response) => void answerOf(response).then(resolve, reject))
      call.on('error', reject)
      call.setTimeout(idle, () => {
        reject(new Error(`nothing came for ${idle / 1000} s`))
        call.destroy()
      })
      call.end()
    })
  }
  return { server, get, close: () => ownAgent.destroy() }
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const body = await bodyOf(response)
  return { status: response.statusCode ?? 0, retryAfter: retryAfterOf(response), body }
}

async function bodyOf(response: IncomingMessage): Promise<string | undefined> {
  const isZipped = response.headers['content-encoding'] === 'gzip'
  // What goes wrong ends the reading below.
  const plain = isZipped ? pipeline(response, createGunzip(), () => undefined) : response
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > largestAnswer) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterOf({ headers }: IncomingMessage): number {
  const text = headers['retry-after'] ?? ''
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0
}
