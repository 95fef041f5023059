import { writeSync } from 'node:fs'
import { styleText } from 'node:util'
import type { Verdict } from '../model/finding.ts'
import type { CheckReport } from '../report/check-report.ts'
import type { Paint } from '../report/text.ts'
import { exitCode } from './exit-code.ts'
import { isTerminal } from './terminal.ts'

export type FailOn = 'deny' | 'warn' | 'never'

/**
 * Writes all of it before it returns, at the reader's pace. Not by process.stdout: that loads Node's sockets and terminals, which
 * takes a fifth of the time of a check. A reader that has seen enough (`| head`) ends the program, without an error.
 */
function write(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(descriptor, bytes, done)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') process.exit()
      // A pipe that somebody else has made non-blocking is full: the reader needs a moment.
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** Says something to people, on stderr. */
export function complain(...lines: readonly string[]): void {
  for (const line of lines) write(2, `evenkeel: ${line}\n`)
}

/** Colours on a terminal, unless NO_COLOR or --no-color asks otherwise. */
export function painter(noColor = false): Paint {
  return !noColor && !process.env['NO_COLOR'] && isTerminal(1)
    ? (style, text) => styleText(style, text, { validateStream: false })
    : (_, text) => text
}

/** Writes to stdout, in pieces of some size. */
export function print(pieces: Iterable<string>): void {
  let text = ''
  for (const piece of pieces) {
    text += piece
    if (text.length < 65_536) continue
    write(1, text)
    text = ''
  }
  write(1, text)
}

/** Unreadable input wins over findings, since nothing is known of it. */
export function exitCodeOf({ objects, errors }: CheckReport, failOn: FailOn): number {
  if (errors.length > 0) return exitCode.partial
  const failing: readonly Verdict[] = failOn === 'deny' ? ['deny'] : failOn === 'warn' ? ['deny', 'warn'] : []
  return objects.some(({ evaluation }) => failing.includes(evaluation.decision)) ? exitCode.findings : exitCode.clean
}
