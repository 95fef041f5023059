import type { RuleResult } from '../model/result.ts'
import { artifactPath } from '../paths/shared-path.ts'
import type { CheckReport, JudgedObject, ReportError } from './check-report.ts'
import type { Setting } from './format.ts'
import { objectName } from './object-name.ts'
import { placeOf, placeTextFrom } from './place.ts'
import { type Line, linesOf, noteOn } from './severity.ts'
import { type Attributes, content, element } from './xml.ts'

/** How a rule came out for an object: what JUnit knows is failure, error and skipped; what only warns is output of a test that passes. */
type Outcome = 'failures' | 'errors' | 'skipped' | 'passed'

interface Case {
  readonly outcome: Outcome
  readonly xml: string
}

function told(lines: readonly Line[], judged: JudgedObject, { root }: Setting): string[] {
  return lines.map((line) => {
    const note = noteOn(line)
    const place = placeTextFrom(root, placeOf(line, judged))
    return `${place === '' ? '' : `${place} `}${line.message}${note === undefined ? '' : ` (${note})`}`
  })
}

function outcomeOf(result: RuleResult, lines: readonly Line[], { failing }: Setting): Outcome {
  if (result.status === 'error') return 'errors'
  if (result.status === 'skip') return 'skipped'
  if (lines.some(({ verdict }) => failing.includes(verdict))) return 'failures'
  return lines.length > 0 && lines.every(({ verdict }) => verdict === 'admit') ? 'skipped' : 'passed'
}

function bodyOf(result: RuleResult, outcome: Outcome, lines: readonly Line[], texts: readonly string[]): string {
  const [first, ...others] = lines
  const message =
    result.status === 'skip'
      ? result.reason
      : `${first?.message ?? ''}${others.length > 0 ? ` and ${others.length} more` : ''}`
  const text = content(texts)
  switch (outcome) {
    case 'failures':
      return element('failure', { type: result.enforcement, message }, text)
    case 'errors':
      return element('error', { type: 'rule', message }, text)
    case 'skipped':
      return element('skipped', { message }, text)
    case 'passed':
      return lines.length === 0 ? '' : `<system-out>${text}</system-out>`
  }
}

function caseOf(result: RuleResult, judged: JudgedObject, setting: Setting): Case {
  const lines = linesOf(result)
  const outcome = outcomeOf(result, lines, setting)
  const classname = `${result.policy}.${objectName(judged.evaluation.object)}`
  const body = bodyOf(result, outcome, lines, told(lines, judged, setting))
  return { outcome, xml: element('testcase', { name: result.rule, classname }, body) }
}

function suite(attributes: Attributes & { readonly name: string }, cases: readonly Case[]): string {
  const count = (outcome: Outcome) => cases.filter((one) => one.outcome === outcome).length
  const counts = {
    tests: cases.length,
    failures: count('failures'),
    errors: count('errors'),
    skipped: count('skipped'),
  }
  const body = cases.map(({ xml }) => `\n    ${xml}`).join('')
  return `  ${element('testsuite', { ...attributes, ...counts }, `${body}\n  `)}\n`
}

function suiteOf(judged: JudgedObject, setting: Setting): string {
  const { evaluation, source } = judged
  const file = source && artifactPath(source.file, setting.root).path
  const name = `${file === undefined ? '' : `${file}: `}${objectName(evaluation.object)}`
  const cases = evaluation.results.map((result) => caseOf(result, judged, setting))
  return suite({ name, ...(file === undefined ? {} : { file }) }, cases)
}

function caseOfError(error: ReportError, { root }: Setting): Case {
  const place = placeTextFrom(root, error)
  const said = element(
    'error',
    { type: error.code, message: error.message },
    content([`${place} ${error.message}`.trim()]),
  )
  return {
    outcome: 'errors',
    xml: element('testcase', { name: place === '' ? error.code : place, classname: error.code }, said),
  }
}

/** JUnit's XML as Jenkins and GitLab read it: a suite an object, a test a rule, and a suite for what could not be read. */
export function* toJunit(report: CheckReport, setting: Setting): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="evenkeel">\n'
  if (report.errors.length > 0)
    yield suite(
      { name: 'input' },
      report.errors.map((error) => caseOfError(error, setting)),
    )
  for (const judged of report.objects) yield suiteOf(judged, setting)
  yield '</testsuites>\n'
}
