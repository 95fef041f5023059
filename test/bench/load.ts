import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Reviews sent to one server, over connections that stay open until the next burst. */
export interface Burst {
  readonly port: number
  /** What the server's certificate is trusted by, PEM. */
  readonly ca: string
  readonly path: '/validate' | '/mutate'
  readonly body: string
  /** What every answer must hold. */
  readonly answer: string
  /** How many send at the same time. */
  readonly connections: number
  readonly requests: number
}

export interface Load {
  /** Resolves with the latency of each review, in milliseconds. */
  fire(burst: Burst): Promise<readonly number[]>
  stop(): void
}

/** Starts the process that sends; it ends with this one. */
export function startLoad(): Load {
  const child = fork(join(import.meta.dirname, 'load-process.ts'))
  const ended = once(child, 'exit').then(() => {
    throw new Error('the load generator has ended')
  })
  ended.catch(() => undefined)
  return {
    async fire(burst) {
      child.send(burst)
      const [latencies] = (await Promise.race([once(child, 'message'), ended])) as [number[]]
      return latencies
    },
    stop: () => void child.kill(),
  }
}
