import type { Notification } from 'sarif'
import { artifactPath } from '../../paths/shared-path.ts'
import type { ReportError } from '../check-report.ts'
import { objectName } from '../object-name.ts'
import type { ReportedLine } from '../reported-line.ts'
import { artifactLocation, locationOf } from './location.ts'

/** What could not be read. */
export function inputNotification({ code, message, file, line, column = 1 }: ReportError, root: string): Notification {
  const region = line === undefined ? {} : { region: { startLine: line, startColumn: column } }
  const location =
    file === undefined ? undefined : { artifactLocation: artifactLocation(artifactPath(file, root)), ...region }
  return {
    level: 'error',
    message: { text: message },
    descriptor: { id: code },
    ...(location === undefined ? {} : { locations: [{ physicalLocation: location }] }),
  }
}

/** A rule that failed itself. */
export function ruleNotification(line: ReportedLine, ids: readonly string[]): Notification {
  const text = `${objectName(line.judged.evaluation.object)}: ${line.message}`
  const associatedRule = { id: line.rule, index: ids.indexOf(line.rule) }
  return { level: 'error', message: { text }, associatedRule, locations: [locationOf(line)] }
}
