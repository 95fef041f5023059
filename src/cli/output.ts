import { writeSync } from 'node:fs'
import { styleText } from 'node:util'
import type { Verdict } from '../model/finding.ts'
import type { CheckReport } from '../report/check-report.ts'
import { printable } from '../report/printable.ts'
import type { Paint } from '../report/text.ts'
import { exitCode, UsageError } from './exit-code.ts'
import type { ReportOptions } from './option-groups.ts'
import { isTerminal } from './terminal.ts'

/** Whose reader has seen enough. */
const left = new Set<number>()

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'its directory is none',
  EACCES: 'that is not allowed',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the file system is full',
}

/** For what the file system said to an output, as a line for people. */
export function unwritable(output: string, error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return `${output}: cannot be written: ${reasons[code] ?? message}`
}

/** Whether a reader went away, as `| head` does; Windows has two words for it, and a socket one if something was left unread. */
export function isReaderGone(error: unknown): boolean {
  return ['EPIPE', 'EOF', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/**
 * Writes all of it before it returns, at the reader's pace. Not by process.stdout: that loads Node's sockets and terminals, which
 * takes a fifth of the time of a check. Where the reader has gone away nothing more is written, and all else goes on: the verdict is
 * the same. Throws a UsageError if stdout cannot be written; stderr that cannot be is left, since nobody could be told.
 */
export function write(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length && !left.has(descriptor); ) {
    try {
      done += writeSync(descriptor, bytes, done)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') waitForReader()
      else if (descriptor === 2 || isReaderGone(error)) left.add(descriptor)
      else throw new UsageError(unwritable('stdout', error), 'EVENKEEL_OUTPUT_UNWRITABLE')
    }
  }
}

/** A pipe that somebody else has made non-blocking is full. */
function waitForReader(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
}

/** Says something to people, on stderr; whatever names of others are in it, each line shows as one. */
export function complain(...lines: readonly string[]): void {
  for (const line of lines) write(2, `evenkeel: ${printable(line)}\n`)
}

/** Colours on a terminal, unless NO_COLOR or --no-color asks otherwise. */
export function painter(noColor = false): Paint {
  return !noColor && !process.env['NO_COLOR'] && isTerminal(1)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text
}

/** Writes to stdout, in pieces of some size, as long as anybody reads. */
export function print(pieces: Iterable<string>): void {
  let text = ''
  for (const piece of pieces) {
    text += piece
    if (text.length < 65_536) continue
    write(1, text)
    if (left.has(1)) return
    text = ''
  }
  write(1, text)
}

/** Unreadable input wins over findings, since nothing is known of it. */
export function exitCodeOf({ objects, errors }: CheckReport, failOn: ReportOptions['failOn']): number {
  if (errors.length > 0) return exitCode.partial
  const failing: readonly Verdict[] = failOn === 'deny' ? ['deny'] : failOn === 'warn' ? ['deny', 'warn'] : []
  return objects.some(({ evaluation }) => failing.includes(evaluation.decision)) ? exitCode.findings : exitCode.clean
}
