import type { IncomingMessage } from 'node:http'
import type { Budget } from './budget.ts'
import { createDeadlines } from './deadlines.ts'
import type { Refusal } from './review/encode.ts'

export interface BodyLimits {
  /** The largest body taken. */
  readonly maxBytes: number
  /** Bodies up to this many bytes are read at once; bigger ones wait for the budget. */
  readonly smallBytes: number
}

/** What a body comes with: `timeout` as the API server sends it in the query, e.g. `10s`. */
export interface BodyFacts {
  readonly contentLength: string | undefined
  readonly timeout: unknown
}

export type Received =
  /** `startedAt`: when its headers had come; `deadline`: when an answer may come too late, both on the clock of `performance.now()`. */
  | { readonly type: 'body'; readonly raw: Buffer; readonly startedAt: number; readonly deadline: number }
  | { readonly type: 'refused'; readonly refusal: Refusal }

/** Reads one request's body; `done` is called once, or never when the client goes away. */
export type ReadBody = (payload: IncomingMessage, facts: BodyFacts, done: (received: Received) => void) => void

/** The API server's default and largest `timeoutSeconds`. */
const defaultTimeout = 10
const maxTimeout = 30
/** After this share of the caller's timeout an answer may come too late. */
const usableShare = 0.8

const tooLarge: Refusal = {
  code: 413,
  reason: 'RequestEntityTooLarge',
  message: 'evenkeel takes no review of this size',
}
const busy: Refusal = { code: 429, reason: 'TooManyRequests', message: 'evenkeel is busy with other large reviews' }
const slow: Refusal = { code: 408, reason: 'Timeout', message: 'the review did not arrive in time' }

/**
 * Bounds bodies in size, memory and time. One that is not wanted is still read to its end, unkept: closing a socket on
 * unread data resets the connection, and the caller would see that instead of the answer.
 */
export function createBodyReader({ maxBytes, smallBytes }: BodyLimits, budget: Budget): ReadBody {
  const deadlines = createDeadlines()
  return (payload, { contentLength, timeout }, done) => {
    const startedAt = performance.now()
    const length = contentLength === undefined ? maxBytes : Number(contentLength)
    let whenOverdue: Refusal | undefined
    let settled = false

    const settle = (received?: Received): void => {
      if (settled) return
      settled = true
      deadlines.forget(deadline)
      if (received !== undefined) done(received)
      leave?.()
    }
    const read = (limit: number, refusal: Refusal): void => {
      whenOverdue = limit === 0 ? refusal : slow
      collect(payload, limit, (raw) => {
        if (raw === undefined) settle({ type: 'refused', refusal })
        else settle({ type: 'body', raw, startedAt, deadline: deadline.at })
      })
    }
    const onPassed = (): void => {
      if (whenOverdue !== undefined) return settle({ type: 'refused', refusal: whenOverdue })
      leave?.()
      read(0, busy)
    }
    const deadline = deadlines.watch(startedAt + usableMilliseconds(timeout), onPassed)
    payload.on('close', () => settle())

    const isBig = length > smallBytes && length <= maxBytes
    const leave = isBig ? budget.enter(length, () => read(maxBytes, tooLarge)) : undefined
    if (length > maxBytes) read(0, tooLarge)
    else if (!isBig) read(maxBytes, tooLarge)
    else if (leave === undefined) read(0, busy)
  }
}

/** The whole body once it has ended; undefined if it was longer than `limit` bytes, and then nothing of it was kept. */
function collect(payload: IncomingMessage, limit: number, done: (raw: Buffer | undefined) => void): void {
  let chunks: Buffer[] = []
  let size = 0
  payload.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else chunks = []
  })
  payload.on('end', () => {
    if (size > limit) return done(undefined)
    done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size))
  })
}

function usableMilliseconds(timeout: unknown): number {
  const seconds = typeof timeout === 'string' && timeout.endsWith('s') ? Number(timeout.slice(0, -1)) : Number.NaN
  return 1000 * usableShare * (seconds > 0 ? Math.min(seconds, maxTimeout) : defaultTimeout)
}
