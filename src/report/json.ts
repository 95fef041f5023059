import type { ReportedFinding } from '../model/finding.ts'
import type { RuleResult } from '../model/result.ts'
import { slashed } from '../paths/shared-path.ts'
import { type CheckReport, type JudgedObject, type ReportSource, summaryOf } from './check-report.ts'
import type { Setting } from './format.ts'

/** A path in the spelling that all platforms share. */
type Spell = (file: string) => string

function findingJson(finding: ReportedFinding, { positionOf }: JudgedObject, spell: Spell): object {
  const { message, path, container, object, verdict, known, baselined, exempt, fix } = finding
  const found = positionOf?.(path)
  const position = found && { ...found, file: spell(found.file) }
  return { message, path, container, position, object, verdict, known, baselined, exempt, fix }
}

function resultJson(result: RuleResult, judged: JudgedObject, spell: Spell): object {
  const { policy, rule, status, enforcement, severity } = result
  const facts = { policy, rule, status, enforcement, severity }
  switch (result.status) {
    case 'pass':
      return facts
    case 'fail':
      return { ...facts, findings: result.findings.map((finding) => findingJson(finding, judged, spell)) }
    case 'skip':
      return { ...facts, reason: result.reason }
    case 'error':
      return { ...facts, error: result.error, verdict: result.verdict }
  }
}

function sourceJson({ file, origin, ...source }: ReportSource, spell: Spell): object {
  return { file: spell(file), ...source, ...(origin === undefined ? {} : { origin: { file: spell(origin.file) } }) }
}

/** One object as `-o json` shows it (docs/interfaces.md); `source` and `position` only for what came from files. */
function objectJson(judged: JudgedObject, spell: Spell): object {
  const { evaluation, source } = judged
  return {
    object: evaluation.object,
    ...(source === undefined ? {} : { source: sourceJson(source, spell) }),
    decision: evaluation.decision,
    results: evaluation.results.map((result) => resultJson(result, judged, spell)),
  }
}

function* list<T>(items: readonly T[], shown: (item: T) => object): Generator<string> {
  for (const [i, item] of items.entries()) yield `${i === 0 ? '\n' : ',\n'}    ${JSON.stringify(shown(item))}`
  if (items.length > 0) yield '\n  '
}

/** The report as JSON, piece by piece: one object a line, in the order in which they were judged. */
export function* toJson(report: CheckReport, { root }: Pick<Setting, 'root'>): Generator<string> {
  const spell: Spell = (file) => slashed(file, root)
  yield '{\n  "apiVersion": "evenkeel.dev/v1alpha1",\n  "kind": "CheckReport",\n  "objects": ['
  yield* list(report.objects, (judged) => objectJson(judged, spell))
  yield '],\n  "errors": ['
  yield* list(report.errors, (error) => ({
    ...error,
    quote: undefined,
    ...(error.file === undefined ? {} : { file: spell(error.file) }),
  }))
  yield `],\n  "summary": ${JSON.stringify(summaryOf(report))}\n}\n`
}
