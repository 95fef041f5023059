import { once } from 'node:events'
import { constants, fstatSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type DestinationStream, type Logger, pino } from 'pino'
import sonicBoom from 'sonic-boom'
import type { Failure } from './review/failure.ts'
import type { ReviewRecord } from './review/judge.ts'
import type { Unreadable } from './reviewer.ts'

/** Lines wait for this many bytes or milliseconds. */
const batchLength = 16_384
const batchMilliseconds = 500
/** Where nobody reads any more, lines are dropped rather than kept. */
const maxLength = 4 * 1024 * 1024
/** So long the end waits for the last lines, in milliseconds. */
const closeWait = 1000
const maxText = 256
const maxStack = 2048

/** The server's log: JSON lines of names and ids; never an object, whose environment may hold secrets. */
export interface ServerLog {
  /** One line a review. */
  reviewed(record: ReviewRecord, milliseconds: number): void
  /** An error of our own outside the judging. */
  broke(error: unknown): void
  info(message: string): void
  warn(message: string): void
  /** Hands over what is still buffered, without waiting for it. */
  flush(): void
  /** Waits for the last lines, but not for a disk without room or a reader that has gone; what comes after it is dropped. */
  close(): Promise<void>
}

/** Where lines go. */
export interface LogStream extends DestinationStream {
  flush?(): void
  close?(): Promise<void>
}

/** `level` as pino has them; `silent` is one. Without a stream it writes to standard output, buffered. */
export function createLog(level: string, stream: LogStream = standardOutput()): ServerLog {
  const formatters = { level: (label: string) => ({ level: label }) }
  const logger = pino({ level, base: null, timestamp: createTimestamp(), formatters }, stream)
  return {
    reviewed: (record, milliseconds) => logReview(logger, record, milliseconds),
    broke: (error) => logger.error({ failure: describe({ error }) }, 'an error outside the judging'),
    info: (message) => logger.info(message),
    warn: (message) => logger.warn(message),
    flush: () => stream.flush?.(),
    close: async () => stream.close?.(),
  }
}

/** RFC 3339 with milliseconds; formatting a date takes as long as the rest of the line, so it is done once a second. */
function createTimestamp(): () => string {
  let second = 0
  let prefix = ''
  return () => {
    const now = Date.now()
    const milliseconds = now % 1000
    if (now - milliseconds !== second) {
      second = now - milliseconds
      prefix = new Date(second).toISOString().slice(0, -4)
    }
    return `,"time":"${prefix}${String(milliseconds).padStart(3, '0')}Z"`
  }
}

/**
 * Standard output, where it is a pipe by a descriptor of its own that never waits for the reader: a thread that waits in a write cannot
 * be ended, nor could the process. A pipe that somebody else owns, or that has no reader, cannot be opened.
 */
function outputDescriptor(): number {
  try {
    return fstatSync(1).isFIFO() ? openSync('/dev/stdout', constants.O_WRONLY | constants.O_NONBLOCK) : 1
  } catch {
    return 1
  }
}

/** Standard output, written in batches: a system call a line would cost more than the line. */
function standardOutput(): LogStream {
  // Not pino's own, which tries a full disk again for ever when the process ends.
  const output = new sonicBoom.SonicBoom({ fd: outputDescriptor(), sync: false, maxLength })
  // A full disk or a closed pipe costs the log, not the webhook.
  output.on('error', () => undefined)
  let batch = ''
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (batch !== '') output.write(batch)
    batch = ''
  }
  return {
    write(line) {
      if (closed) return
      batch += line
      if (batch.length >= batchLength) flush()
      else timer ??= setTimeout(flush, batchMilliseconds).unref()
    },
    flush,
    async close() {
      flush()
      closed = true
      const written = once(output, 'close').catch(() => undefined)
      output.end()
      await Promise.race([written, delay(closeWait)])
    },
  }
}

function logReview(logger: Logger, record: ReviewRecord, milliseconds: number): void {
  const { path, facts, decision, failure } = record
  const line = {
    uid: facts.uid,
    path,
    operation: facts.operation,
    kind: clip(facts.kind.kind),
    namespace: clip(facts.namespace),
    name: clip(facts.name),
    user: clip(facts.user.username),
    dryRun: facts.dryRun,
    decision,
    rules: path === 'validate' ? record.findings.map(({ rule }) => rule) : record.fixes,
    change: record.change,
    waived: record.waived,
    ruleErrors: record.ruleErrors.length === 0 ? undefined : record.ruleErrors,
    patchProblem: record.patchProblem,
    revisionProblem: record.revisionProblem,
    ms: Math.round(milliseconds * 100) / 100,
  }
  if (typeof failure === 'object' && 'complaint' in failure) logger.warn({ ...line, failure: 'invalid' })
  else if (failure !== undefined || line.ruleErrors !== undefined || line.patchProblem !== undefined)
    logger.error({ ...line, failure: describe(failure) })
  else if (line.revisionProblem === undefined) logger.info(line)
  else logger.warn(line)
}

/** Where it was thrown, for whoever has to mend it. */
function describe(failure: Exclude<Failure, Unreadable> | undefined): string | undefined {
  if (failure === undefined || failure === 'late') return failure
  const { error } = failure
  return (error instanceof Error ? (error.stack ?? error.message) : 'not an Error').slice(0, maxStack)
}

function clip(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)}...`
}
