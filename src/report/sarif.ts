import type { Invocation, Log, Notification, ReportingDescriptor, Result } from 'sarif'
import { fixClasses } from '../engine/fix-class.ts'
import type { CheckReport } from './check-report.ts'
import type { ReportedRule, Setting } from './format.ts'
import { type ReportedLine, reportedLines } from './reported-line.ts'
import { descriptorOf } from './sarif/descriptor.ts'
import { artifactLocation, locationOf, ROOT } from './sarif/location.ts'
import { inputNotification, ruleNotification } from './sarif/notification.ts'

const levels = { deny: 'error', warn: 'warning', admit: 'note' } as const

function suppressionsOf({ finding }: ReportedLine): NonNullable<Result['suppressions']> {
  if (finding?.baselined) return [{ kind: 'external', status: 'accepted', justification: 'in the baseline' }]
  if (finding?.exempt === undefined) return []
  const { until, reason } = finding.exempt
  return [{ kind: 'inSource', status: 'accepted', justification: `${reason} (exempt until ${until})` }]
}

function fixesOf({ finding, judged, place }: ReportedLine, rule: ReportedRule | undefined): Pick<Result, 'fixes'> {
  if (rule === undefined || !fixClasses[rule.fix].offer || finding?.fix === undefined) return {}
  const changes = judged.changesOf?.(finding.fix)
  if (changes === undefined || place === undefined) return {}
  const replacements = changes.map(({ from, to, text }) => ({
    deletedRegion: { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column },
    insertedContent: { text },
  }))
  const description = { text: rule.remedy }
  return { fixes: [{ description, artifactChanges: [{ artifactLocation: artifactLocation(place), replacements }] }] }
}

function resultOf(line: ReportedLine, rules: readonly ReportedRule[]): Result {
  const { rule: ruleId, verdict, message, policy, severity, fingerprint } = line
  const ruleIndex = rules.findIndex(({ id }) => id === ruleId)
  return {
    ruleId,
    ruleIndex,
    kind: 'fail',
    level: levels[verdict],
    message: { text: message },
    locations: [locationOf(line)],
    // The second is the one that GitHub goes by.
    partialFingerprints: { 'evenkeelFinding/v1': fingerprint, primaryLocationLineHash: `${fingerprint}:1` },
    suppressions: suppressionsOf(line),
    ...fixesOf(line, rules[ruleIndex]),
    properties: { policy, severity },
  }
}

/** One run without its results, which are many. */
function logWith(rules: ReportingDescriptor[], invocation: Invocation, version: string): Log {
  return {
    version: '2.1.0',
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    runs: [
      {
        tool: { driver: { name: 'evenkeel', version, semanticVersion: version, rules } },
        invocations: [invocation],
        originalUriBaseIds: { [ROOT]: { description: { text: 'The directory in which evenkeel was run.' } } },
        columnKind: 'utf16CodeUnits',
        results: [],
      },
    ],
  }
}

/** SARIF 2.1.0: one result a line. What could not be read, and rules that failed, are notifications of the invocation. */
export function* toSarif(report: CheckReport, setting: Setting): Generator<string> {
  const named = new Set(report.objects.flatMap(({ evaluation }) => evaluation.results.map(({ rule }) => rule)))
  const rules = setting.rules.filter(({ id }) => named.has(id))
  const ids = rules.map(({ id }) => id)
  const failures: Notification[] = report.errors.map((error) => inputNotification(error, setting.root))
  const results: ReportedLine[] = []
  for (const line of reportedLines(report, setting)) {
    if (line.finding === undefined) failures.push(ruleNotification(line, ids))
    else results.push(line)
  }
  const invocation = { executionSuccessful: report.errors.length === 0, toolExecutionNotifications: failures }
  const log = logWith(rules.map(descriptorOf), invocation, setting.version)
  const [head, tail = ''] = JSON.stringify(log, null, 2).split('"results": []')
  yield `${head ?? ''}"results": [`
  for (const [index, line] of results.entries())
    yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(resultOf(line, rules))}`
  yield `]${tail}\n`
}
