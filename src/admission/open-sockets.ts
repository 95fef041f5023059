import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** All sockets that are open, for the end: what Node's server closes then leaves out those that have not been asked anything yet. */
export interface OpenSockets {
  opened(socket: Socket): void
  /** A request has begun on it. */
  asked(socket: Socket): void
  /**
   * Closes those that nothing was ever heard on for a second, `now` as of `performance.now()`: callers open some ahead, and there is no
   * request to be lost on them. A younger one may have its first request on the way.
   */
  closeUnheard(now: number): void
  /** Also those that have been open for a second and began a first request that has not come as far as its body. */
  closeUnasked(now: number): void
  closeAll(): void
}

const patience = 1000

export function createOpenSockets(): OpenSockets {
  const since = new Map<Socket, number>()
  const asked = new WeakSet<Socket>()
  const close = (now: number, isIdle: (socket: Socket) => boolean): void => {
    for (const [socket, start] of since) if (now - start >= patience && isIdle(socket)) socket.destroy()
  }
  const isUnheard = ({ bytesRead }: Socket): boolean => bytesRead === 0
  // Below TLS nobody asks: that socket has read the handshake of the one it carries.
  const isUnasked = (socket: Socket): boolean =>
    isUnheard(socket) || (socket instanceof TLSSocket && !asked.has(socket))
  return {
    opened(socket) {
      since.set(socket, performance.now())
      socket.once('close', () => since.delete(socket))
    },
    asked: (socket) => void asked.add(socket),
    closeUnheard: (now) => close(now, isUnheard),
    closeUnasked: (now) => close(now, isUnasked),
    closeAll() {
      for (const socket of since.keys()) socket.destroy()
    },
  }
}
