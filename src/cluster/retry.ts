import { setTimeout as sleep } from 'node:timers/promises'
import { ClusterError } from './cluster-error.ts'
import type { Answer, Connection } from './connection.ts'

/** How patient reading is; times are milliseconds. */
export interface Pace {
  /** Tries of one request, the first one included. */
  readonly tries: number
  /** The wait before the second try; each later one is twice as long, and a random part of up to half is taken off. */
  readonly wait: number
  /** No wait is longer, whatever `Retry-After` says. */
  readonly longestWait: number
  /** How long a connection may be silent. The API server answers within 60 s (--request-timeout). */
  readonly idle: number
}

export const usualPace: Pace = { tries: 5, wait: 500, longestWait: 30_000, idle: 65_000 }

/** A refused connection, an unknown name, a wrong certificate or long silence will not mend itself while someone waits. */
const passing = ['ECONNRESET', 'EPIPE', 'EAI_AGAIN']

function isPassing(error: unknown): boolean {
  return passing.includes(String((error as NodeJS.ErrnoException).code))
}

function waitBefore(next: number, retryAfter: number, { wait, longestWait }: Pace): number {
  const backoff = wait * 2 ** (next - 2) * (1 - Math.random() / 2)
  return Math.min(longestWait, retryAfter + backoff)
}

/** Answers of 429 and 5xx and broken connections are tried again; the last answer counts, whatever it is. */
export async function getPatiently({ server, get }: Connection, path: string, pace: Pace): Promise<Answer> {
  for (let next = 2; ; next++) {
    const outcome = await get(path).catch((error: unknown) => ({ error }))
    const isLast = next > pace.tries
    if ('error' in outcome) {
      if (isLast || !isPassing(outcome.error)) throw unreachable(server, outcome.error)
    } else if (isLast || (outcome.status !== 429 && outcome.status < 500)) return outcome
    await sleep(waitBefore(next, 'error' in outcome ? 0 : outcome.retryAfter, pace))
  }
}

function unreachable(server: string, error: unknown): ClusterError {
  if (error instanceof ClusterError) return error
  const { message, code } = error as NodeJS.ErrnoException
  return new ClusterError('EVENKEEL_CLUSTER_UNREACHABLE', `cannot reach ${server}: ${message || String(code)}`, error)
}
