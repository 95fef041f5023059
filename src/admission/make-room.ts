import type { IncomingMessage, Server } from 'node:http'
import type { Connections } from './connections.ts'
import type { ServerLog } from './log.ts'
import type { Metrics } from './metrics.ts'

const minute = 60_000

/**
 * Where so many connections are open that Node drops the next ones unheard, those that have never asked anything are closed for them:
 * silence must not keep the API server out. Counted, and told once a minute.
 */
export function makeRoom(
  server: Server,
  connections: Connections,
  { metrics, log }: { readonly metrics: Metrics; readonly log: ServerLog },
): void {
  let toldAt = -Infinity
  server.on('request', ({ socket }: IncomingMessage) => connections.asked(socket))
  server.on('drop', () => {
    const now = performance.now()
    connections.closeUnasked(now)
    metrics.refused('TooManyConnections')
    if (now - toldAt < minute) return
    toldAt = now
    log.warn(`connections dropped: ${server.maxConnections} are open; those that asked nothing are closed for new ones`)
  })
}
