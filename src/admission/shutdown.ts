import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Connections } from './connections.ts'
import type { Readiness } from './health.ts'

/** Milliseconds. */
export interface ShutdownTimes {
  /** How long requests are still taken as usual, until nobody sends new ones: endpoints propagate in seconds. */
  readonly lameDuck: number
  /** How long the last requests may take after that. */
  readonly drain: number
}

const lookEvery = 50

/**
 * Lame duck: not ready, but serving; in its second half each response retires its connection; then no new connections, the
 * last requests, and whatever is idle by then or was never used. Takes at most `lameDuck + drain`.
 */
export async function drainServer(
  app: FastifyInstance,
  connections: Connections,
  readiness: Readiness,
  { lameDuck, drain }: ShutdownTimes,
): Promise<void> {
  readiness.set('shutdown', { ok: false, detail: 'draining' })
  await delay(lameDuck / 2)
  connections.retireAll()
  await delay(lameDuck / 2)
  const deadline = performance.now() + drain
  // Node closes what is idle when the listener closes, but not what becomes idle later.
  const sweeper = setInterval(() => {
    const now = performance.now()
    if (now >= deadline) connections.closeAll()
    app.server.closeIdleConnections()
    connections.closeUnheard(now)
  }, lookEvery)
  await app.close()
  clearInterval(sweeper)
}
