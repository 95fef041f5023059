import { type CheckReport, type JudgedObject, type ReportError, summaryOf } from './check-report.ts'
import { type Line, worstFirst } from './severity.ts'

/** Paints a word; the identity where colours are not wanted. */
export type Paint = (style: 'red' | 'yellow' | 'green' | 'dim' | 'bold', text: string) => string

const verdictStyle = { deny: 'red', warn: 'yellow', admit: 'dim' } as const

function nameOf({ evaluation: { object } }: JudgedObject): string {
  return `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`
}

function placeOf({
  file,
  line,
  column,
}: {
  file?: string | undefined
  line?: number | undefined
  column?: number | undefined
}): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}

function notes({ finding }: Line): string {
  if (finding?.exempt) return ` (exempt until ${finding.exempt.until}: ${finding.exempt.reason})`
  if (finding?.known) return ' (known)'
  return finding?.fix?.atAdmission ? ' (the webhook fixes it)' : ''
}

function lineText(line: Line, judged: JudgedObject, paint: Paint): string {
  const word = line.verdict === 'admit' ? 'note' : line.verdict
  const place = line.finding && judged.positionOf ? `${placeOf(judged.positionOf(line.finding.path))}  ` : ''
  return `  ${paint(verdictStyle[line.verdict], word)}  ${place}${line.message}${paint('dim', notes(line))}\n`
}

function objectText(judged: JudgedObject, paint: Paint): string {
  const { decision, results } = judged.evaluation
  const policies = [...new Set(results.map(({ policy }) => policy))]
  const lines = worstFirst(results)
  if (lines.length === 0) return ''
  const under = policies.length === 0 ? '' : ` (policy ${policies.join(', ')})`
  const head = `${paint('bold', nameOf(judged))}  ${paint(verdictStyle[decision], decision)}${paint('dim', under)}\n`
  return head + lines.map((line) => lineText(line, judged, paint)).join('')
}

function errorText(error: ReportError, paint: Paint): string {
  const place = placeOf(error)
  return `${paint('red', 'error')}  ${place === '' ? '' : `${place}  `}${error.message} [${error.code}]\n`
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

/** The last line: what was judged, what came of it, and what could not be. */
function summaryText(report: CheckReport): string {
  const { seen, objects, denied, warned, skip, error, exempt } = summaryOf(report)
  const admitted = objects - denied - warned
  const parts = [
    `${count(objects, 'object')} judged of ${seen} seen: ${denied} denied, ${warned} warned, ${admitted} admitted`,
    ...(skip > 0 ? [`${count(skip, 'rule result')} skipped (-o json tells why)`] : []),
    ...(error > 0 ? [`${count(error, 'rule result')} failed`] : []),
    ...(exempt > 0 ? [`${count(exempt, 'finding')} exempt`] : []),
    ...(report.errors.length > 0 ? [`${count(report.errors.length, 'error')} in the input`] : []),
  ]
  return `${parts.join('; ')}\n`
}

/** The report for people, piece by piece: objects with findings, errors, ways out, and a last line that counts. */
export function* toText(report: CheckReport, paint: Paint): Generator<string> {
  const objects = report.objects.map((judged) => objectText(judged, paint)).filter((text) => text !== '')
  for (const text of objects) yield `${text}\n`
  for (const error of report.errors) yield errorText(error, paint)
  const [worst] = worstFirst(report.objects.flatMap(({ evaluation }) => evaluation.results))
  if (worst !== undefined) yield `Explain: evenkeel explain ${worst.rule}\n`
  yield summaryText(report)
}
