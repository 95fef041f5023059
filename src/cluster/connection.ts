import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type ChosenContext, firstLine, invalid } from './kubeconfig.ts'

/** What the API server answered, whatever the status. */
export interface Answer {
  readonly status: number
  /** Milliseconds it asks to wait before the next try; 0 if it does not ask. */
  readonly retryAfter: number
  readonly body: string
}

/** One GET of a path; rejects only when there is no whole answer. */
export type Get = (path: string) => Promise<Answer>

export interface Connection {
  readonly server: string
  readonly get: Get
  close(): void
}

const unzip = promisify(gunzip)
const accepted = { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': 'evenkeel' }

/** Connects as the context says. A connection on which nothing arrives for `idle` milliseconds is given up. */
export async function connect({ config, cluster }: ChosenContext, idle: number): Promise<Connection> {
  const isPlain = cluster.server.startsWith('http:')
  const request = isPlain ? httpRequest : httpsRequest
  // The library's own agents open a connection for each request, but only they know the way through a proxy.
  const ownAgent = new (isPlain ? HttpAgent : HttpsAgent)({ keepAlive: true })
  const credentials = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {}
    try {
      await config.applyToHTTPSOptions(options)
    } catch (error) {
      throw invalid(`cannot use the kubeconfig's credentials for ${cluster.server}: ${firstLine(error)}`, error)
    }
    return cluster.proxyUrl ? options : { ...options, agent: ownAgent }
  }
  // A credential plugin is run here once, not by each of the first requests; later on the library keeps what it said.
  await credentials()
  const get: Get = async (path) => {
    const { headers, ...options } = await credentials()
    return new Promise((resolve, reject) => {
      const call = request(cluster.server + path, {
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
  return { server: cluster.server, get, close: () => ownAgent.destroy() }
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const raw = await buffer(response)
  const body = response.headers['content-encoding'] === 'gzip' ? await unzip(raw) : raw
  return { status: response.statusCode ?? 0, retryAfter: retryAfterOf(response), body: body.toString() }
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfterOf({ headers }: IncomingMessage): number {
  const text = headers['retry-after'] ?? ''
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0
}
