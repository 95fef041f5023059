import type { Socket } from 'node:net'
import { createOpenSockets, type OpenSockets } from './open-sockets.ts'

/**
 * Decides which responses carry `Connection: close`. The API server does not send a POST again that died with its
 * connection, so none is just closed: a response says that it is the last one there, and the caller dials anew.
 */
export interface Connections extends OpenSockets {
  /** Of TLS both sockets are told: the one below, and the one that it carries once the handshake is done. */
  opened(socket: Socket): void
  /** Counts one request on the socket; true when its response shall be the last one there. `now` as of `performance.now()`. */
  retires(socket: Socket, now: number): boolean
  /** Every connection that is open now retires with its next response. */
  retireOpen(): void
  /** From now on every response is its connection's last. */
  retireAll(): void
}

export interface ConnectionLimits {
  readonly maxRequests: number
  /** Milliseconds; shortened by up to a tenth at random, so that connections opened together do not end together. */
  readonly maxAge: number
}

interface Use {
  readonly until: number
  readonly generation: number
  requests: number
}

/** New replicas get their share of the load as old connections retire; a TLS handshake costs about ten reviews. */
export function createConnections({
  maxRequests = 10_000,
  maxAge = 300_000,
}: Partial<ConnectionLimits> = {}): Connections {
  const uses = new WeakMap<Socket, Use>()
  const sockets = createOpenSockets()
  let generation = 0
  let closing = false
  const use = (socket: Socket): Use => {
    const until = performance.now() + maxAge * (1 - Math.random() / 10)
    const opened = { until, generation, requests: 0 }
    uses.set(socket, opened)
    return opened
  }
  return {
    ...sockets,
    opened(socket) {
      use(socket)
      sockets.opened(socket)
    },
    retires(socket, now) {
      const used = uses.get(socket) ?? use(socket)
      used.requests++
      return closing || used.generation < generation || used.requests >= maxRequests || now >= used.until
    },
    retireOpen() {
      generation++
    },
    retireAll() {
      closing = true
    },
  }
}
