import type { Socket } from 'node:net'

/** All sockets that are open, for the end: what Node's server closes then leaves out those that have not been asked anything yet. */
export interface OpenSockets {
  opened(socket: Socket): void
  /**
   * Closes those that nothing was ever heard on for a second, `now` as of `performance.now()`: callers open some ahead, and there is no
   * request to be lost on them. A younger one may have its first request on the way.
   */
  closeUnheard(now: number): void
  closeAll(): void
}

const patience = 1000

export function createOpenSockets(): OpenSockets {
  const since = new Map<Socket, number>()
  return {
    opened(socket) {
      since.set(socket, performance.now())
      socket.once('close', () => since.delete(socket))
    },
    closeUnheard(now) {
      for (const [socket, start] of since) if (socket.bytesRead === 0 && now - start >= patience) socket.destroy()
    },
    closeAll() {
      for (const socket of since.keys()) socket.destroy()
    },
  }
}
