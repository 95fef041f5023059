import type { Verdict } from '../model/finding.ts'
import type { CheckReport } from '../report/check-report.ts'
import type { Format, Setting } from '../report/format.ts'
import { toText } from '../report/text.ts'
import { isUsageError, UsageError } from './exit-code.ts'
import type { ReportOptions } from './option-groups.ts'
import { painter, print } from './output.ts'
import type { Output } from './output-option.ts'
import { reportedRules } from './reported-rules.ts'
import { version } from './version.ts'

/** A report that fails nothing still tells what is refused. */
function settingOf(failOn: ReportOptions['failOn']): Setting {
  const failing: readonly Verdict[] = failOn === 'warn' ? ['deny', 'warn'] : ['deny']
  return { rules: reportedRules, version, root: process.cwd(), failing }
}

/** Text needs nothing to be loaded, and colours only on a terminal. */
async function formatOf({ format, file }: Output, noColor: boolean | undefined): Promise<Format> {
  if (format !== 'text') return (await import('../report/formats.ts')).formats[format]
  const paint = painter(noColor === true || file !== undefined)
  return (report) => toText(report, paint)
}

function printed(pieces: Iterable<string>): readonly string[] {
  try {
    print(pieces)
    return []
  } catch (error) {
    if (isUsageError(error)) return error.lines
    throw error
  }
}

/** Tells the report in every way asked for. Throws a UsageError for outputs that cannot be written, after all others are. */
export async function writeReport(report: CheckReport, options: ReportOptions): Promise<void> {
  const setting = settingOf(options.failOn)
  const complaints: string[] = []
  for (const output of options.output) {
    const pieces = (await formatOf(output, options.noColor))(report, setting)
    if (output.file === undefined) complaints.push(...printed(pieces))
    else complaints.push(...(await import('./write-file.ts')).writeFile(output.file, pieces))
  }
  if (complaints.length > 0) throw new UsageError(complaints, 'EVENKEEL_OUTPUT_UNWRITABLE')
}
