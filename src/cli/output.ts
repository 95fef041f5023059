import { once } from 'node:events'
import { styleText } from 'node:util'
import type { Verdict } from '../model/finding.ts'
import type { CheckReport } from '../report/check-report.ts'
import { toJson } from '../report/json.ts'
import { type Paint, toText } from '../report/text.ts'
import { exitCode, UsageError } from './exit-code.ts'

export type FailOn = 'deny' | 'warn' | 'never'

/** Says something to people, on stderr. */
export function complain(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`evenkeel: ${line}\n`)
}

/** Colours on a terminal, unless NO_COLOR or --no-color asks otherwise. */
export function painter(color: boolean): Paint {
  const wanted = color && process.stdout.isTTY && !process.env['NO_COLOR']
  return wanted ? (style, text) => styleText(style, text) : (_, text) => text
}

/** Writes to stdout at the reader's pace. */
export async function print(pieces: Iterable<string>): Promise<void> {
  for (const piece of pieces) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
  }
}

/** The report in one of the output formats. */
export function formatted(report: CheckReport, format: string, paint: Paint): Iterable<string> {
  switch (format) {
    case 'text':
      return toText(report, paint)
    case 'json':
      return toJson(report)
    default:
      throw new UsageError(`there is no output "${format}"; known are text, json`)
  }
}

/** Unreadable input wins over findings, since nothing is known of it. */
export function exitCodeOf({ objects, errors }: CheckReport, failOn: FailOn): number {
  if (errors.length > 0) return exitCode.partial
  const failing: readonly Verdict[] = failOn === 'deny' ? ['deny'] : failOn === 'warn' ? ['deny', 'warn'] : []
  return objects.some(({ evaluation }) => failing.includes(evaluation.decision)) ? exitCode.findings : exitCode.clean
}
