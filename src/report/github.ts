import { artifactPath } from '../paths/shared-path.ts'
import type { CheckReport, ReportError } from './check-report.ts'
import type { Setting } from './format.ts'
import { objectName } from './object-name.ts'
import { placeText } from './place.ts'
import { printable } from './printable.ts'
import { type ReportedLine, reportedLines } from './reported-line.ts'
import { byWorst, isAccepted, noteOn } from './severity.ts'
import { summaryText } from './summary.ts'

type Level = 'error' | 'warning' | 'notice'

interface Annotation {
  readonly level: Level
  readonly title: string
  readonly message: string
  readonly path?: string
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly endColumn?: number
}

/** GitHub shows that many of each level and step and drops the others in silence (actions/toolkit, docs/problem-matchers.md). */
const SHOWN = 10

/** As in actions/toolkit, packages/core/src/command.ts; line breaks and other control characters are none any more. */
function escapeData(text: string): string {
  return printable(text).replaceAll('%', '%25')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

function commandOf({ level, title, message, path, line, column, endColumn }: Annotation): string {
  const properties = Object.entries({ file: path, line, endLine: line, col: column, endColumn, title })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}`)
  return `::${level} ${properties.join(',')}::${escapeData(message)}\n`
}

function ofError({ code, message, file, line, column }: ReportError, { root }: Setting): Annotation {
  const where = file === undefined ? {} : { path: artifactPath(file, root).path, line, column }
  return { level: 'error', title: code, message, ...where }
}

const levels = { deny: 'error', warn: 'warning', admit: 'notice' } as const

function ofLine(line: ReportedLine): Annotation {
  const { rule, verdict, message, place, judged } = line
  const note = noteOn(line)
  const told = `${objectName(judged.evaluation.object)}: ${message}${note === undefined ? '' : ` (${note})`}`
  const where = place && { path: place.path, line: place.line, column: place.column, endColumn: place.endColumn }
  return { level: levels[verdict], title: rule, message: told, ...where }
}

function logLine({ level, message, path, line, column }: Annotation): string {
  const place = placeText({
    ...(path === undefined ? {} : { file: path }),
    ...(line && { line }),
    ...(column && { column }),
  })
  return `- ${level} ${place} ${escapeData(message)}\n`
}

/** Workflow commands, worst first; what GitHub would drop is lines of the log, and a notice says so. What is exempt or in a baseline is left out. */
export function* toGithub(report: CheckReport, setting: Setting): Generator<string> {
  const found = [...reportedLines(report, setting)].filter((line) => !isAccepted(line)).sort(byWorst)
  const all = [...report.errors.map((error) => ofError(error, setting)), ...found.map(ofLine)]
  const rest: Annotation[] = []
  for (const level of ['error', 'warning', 'notice'] as const) {
    const some = all.filter((one) => one.level === level)
    // One notice is kept for what is said of the rest.
    const shown = level === 'notice' ? SHOWN - 1 : SHOWN
    for (const one of some.slice(0, shown)) yield commandOf(one)
    rest.push(...some.slice(shown))
  }
  if (rest.length > 0) {
    const message = `${rest.length} more are only in the log of this step: GitHub shows ${SHOWN} errors and ${SHOWN} warnings of a step.`
    yield commandOf({ level: 'notice', title: 'evenkeel', message })
  }
  yield* rest.map(logLine)
  yield `${summaryText(report)}\n`
}
