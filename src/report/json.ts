import type { ReportedFinding } from '../model/finding.ts'
import type { RuleResult } from '../model/result.ts'
import { type CheckReport, type JudgedObject, summaryOf } from './check-report.ts'

function findingJson(finding: ReportedFinding, { positionOf }: JudgedObject): object {
  const { message, path, container, ...rest } = finding
  const position = positionOf === undefined ? {} : { position: positionOf(path) }
  return { message, path, ...(container === undefined ? {} : { container }), ...position, ...rest }
}

function resultJson(result: RuleResult, judged: JudgedObject): object {
  const { policy, rule, status, enforcement, severity } = result
  const facts = { policy, rule, status, enforcement, severity }
  switch (result.status) {
    case 'pass':
      return facts
    case 'fail':
      return { ...facts, findings: result.findings.map((finding) => findingJson(finding, judged)) }
    case 'skip':
      return { ...facts, reason: result.reason }
    case 'error':
      return { ...facts, error: result.error, verdict: result.verdict }
  }
}

/** One object as `-o json` shows it (interfaces.md, JSON); `source` and `position` only for what came from files. */
export function objectJson(judged: JudgedObject): object {
  const { evaluation, source } = judged
  return {
    object: evaluation.object,
    ...(source === undefined ? {} : { source }),
    decision: evaluation.decision,
    results: evaluation.results.map((result) => resultJson(result, judged)),
  }
}

function* list(items: readonly object[]): Generator<string> {
  for (const [i, item] of items.entries()) yield `${i === 0 ? '\n' : ',\n'}    ${JSON.stringify(item)}`
  if (items.length > 0) yield '\n  '
}

/** The report as JSON, piece by piece: one object a line, in the order in which they were judged. */
export function* toJson(report: CheckReport): Generator<string> {
  yield '{\n  "apiVersion": "evenkeel.dev/v1alpha1",\n  "kind": "CheckReport",\n  "objects": ['
  yield* list(report.objects.map(objectJson))
  yield '],\n  "errors": ['
  yield* list(report.errors.map((error) => ({ ...error, quote: undefined })))
  yield `],\n  "summary": ${JSON.stringify(summaryOf(report))}\n}\n`
}
