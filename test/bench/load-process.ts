import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import type { Burst } from './load.ts'

/*
 * The other end of the wire, in a process of its own: keeps connections as the API server does and writes HTTP/1.1 by hand, since it
 * must cost less than the servers that it measures.
 */

/** Sends one request; resolves with the milliseconds from its first byte to the answer's last. */
type Send = (request: Request, answer: string) => Promise<number>

/** Written one after the other, since the API server puts them into a TLS record each. */
interface Request {
  readonly head: Buffer
  readonly body: Buffer
}

const pools = new Map<string, Send[]>()

function requestOf({ path, body }: Burst): Request {
  const lines = [
    `POST ${path}?timeout=10s HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: kube-apiserver-admission',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Accept: application/json, */*',
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
  ]
  return { head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body: Buffer.from(body) }
}

/** The head of a response, once that is all there. */
function headOf(received: string, answer: string): string | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = received.slice(0, end).toLowerCase()
  const length = Number(/\ncontent-length: (\d+)/.exec(head)?.[1])
  if (received.length < end + 4 + length) return undefined
  if (!head.startsWith('http/1.1 200') || !received.includes(answer, end)) throw new Error(`unexpected: ${received}`)
  return head
}

async function dial({ port, ca }: Burst): Promise<TLSSocket> {
  const socket = connect({ port, ca, host: '127.0.0.1', ALPNProtocols: ['http/1.1'] })
  socket.setNoDelay().setEncoding('latin1')
  await once(socket, 'secureConnect')
  return socket
}

function exchange(socket: TLSSocket, { head, body }: Request, answer: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const onData = (chunk: string): void => {
      received += chunk
      const answered = headOf(received, answer)
      if (answered === undefined) return
      socket.off('data', onData).off('close', onClose)
      resolve(answered)
    }
    const onClose = (): void => reject(new Error('the server hung up'))
    socket.on('data', onData).once('close', onClose)
    socket.write(head)
    socket.write(body)
  })
}

/** Dials anew where the server has said that an answer was the last one. */
function connection(burst: Burst): Send {
  let socket: TLSSocket | undefined
  return async (request, answer) => {
    socket ??= await dial(burst)
    const start = performance.now()
    const head = await exchange(socket, request, answer)
    const elapsed = performance.now() - start
    if (head.includes('\nconnection: close')) socket = void socket.destroy()
    return elapsed
  }
}

async function fire(burst: Burst): Promise<number[]> {
  const { port, connections, requests } = burst
  const key = `${port} ${connections}`
  const pool = pools.get(key) ?? Array.from({ length: connections }, () => connection(burst))
  pools.set(key, pool)
  const request = requestOf(burst)
  const latencies: number[] = []
  let left = requests
  await Promise.all(
    pool.map(async (send) => {
      while (left-- > 0) latencies.push(await send(request, burst.answer))
    }),
  )
  return latencies
}

process.on('message', (burst: Burst) => void fire(burst).then((latencies) => process.send?.(latencies)))
process.once('disconnect', () => process.exit())
