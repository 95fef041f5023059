import type { CheckReport, JudgedObject, ReportError } from './check-report.ts'
import { errorLine } from './error-line.ts'
import { type Folded, folded } from './fold.ts'
import { objectName } from './object-name.ts'
import { placeOf, placeText } from './place.ts'
import { printable } from './printable.ts'
import { quoted } from './region.ts'
import { type Line, noteOn, worstFirst } from './severity.ts'
import { summaryText } from './summary.ts'

/** Paints a word; the identity where colours are not wanted. */
export type Paint = (style: 'red' | 'yellow' | 'green' | 'dim' | 'bold', text: string) => string

const verdictStyle = { deny: 'red', warn: 'yellow', admit: 'dim' } as const

/** Columns before a place: two spaces, a word of four letters, two spaces. */
const INDENT = ' '.repeat(8)

/** The line at fault and marks under what is. */
function quoteText(quote: string, { line, column }: { readonly line: number; readonly column: number }, paint: Paint) {
  const { text, marks } = quoted(quote, column)
  const gutter = String(line)
  const margin = `${INDENT}${' '.repeat(gutter.length)} | `
  return `${paint('dim', `${INDENT}${gutter} | `)}${text}\n${paint('dim', margin)}${paint('red', marks)}\n`
}

/** A finding, its place and, unless that line was quoted already, the line. */
function foldedText({ text, first, lines }: Folded, judged: JudgedObject, width: number, paint: Paint): string {
  const word = first.verdict === 'admit' ? 'note' : first.verdict
  const places = [...new Set(lines.map((line) => placeText(placeOf(line, judged))))]
  const place = places[0] === undefined || places[0] === '' ? '' : `${places[0].padEnd(width)}  `
  const others = places.length < 2 ? '' : ` (also ${places.slice(1).join(', ')})`
  const note = noteOn(first)
  const notes = `${others}${note === undefined ? '' : ` (${note})`}`
  return `  ${paint(verdictStyle[first.verdict], word)}  ${place}${printable(text)}${paint('dim', notes)}\n`
}

/** The quote of a line that was not quoted yet. */
function newQuote(line: Line, judged: JudgedObject, seen: Set<string>, paint: Paint): string {
  const place = placeOf(line, judged)
  if (place === undefined || line.finding === undefined || judged.quoteOf === undefined) return ''
  const key = placeText(place)
  if (seen.has(key)) return ''
  seen.add(key)
  return quoteText(judged.quoteOf(line.finding.path), place, paint)
}

function objectText(judged: JudgedObject, paint: Paint): string {
  const { object, decision, results } = judged.evaluation
  const all = folded(worstFirst(results))
  if (all.length === 0) return ''
  const policies = [...new Set(results.map(({ policy }) => policy))]
  const width = Math.max(...all.map(({ first }) => placeText(placeOf(first, judged)).length))
  const seen = new Set<string>()
  const under = paint('dim', ` (policy ${printable(policies.join(', '))})`)
  const head = `${paint('bold', objectName(object))}  ${paint(verdictStyle[decision], decision)}${under}\n`
  const body = all.map((one) => foldedText(one, judged, width, paint) + newQuote(one.first, judged, seen, paint))
  return head + body.join('')
}

function errorText(error: ReportError, paint: Paint): string {
  const { line, column = 1, quote } = error
  const told = `${paint('red', 'error')}  ${errorLine(error, '  ')}\n`
  return line === undefined || !quote ? told : told + quoteText(quote, { line, column }, paint)
}

/** The report for people, piece by piece: objects with findings, errors, ways out, and a last line that counts. */
export function* toText(report: CheckReport, paint: Paint): Generator<string> {
  for (const judged of report.objects) {
    const text = objectText(judged, paint)
    if (text !== '') yield `${text}\n`
  }
  for (const error of report.errors) yield errorText(error, paint)
  const [worst] = worstFirst(report.objects.flatMap(({ evaluation }) => evaluation.results))
  if (worst !== undefined) yield `Explain: evenkeel explain ${worst.rule}\n`
  yield `${summaryText(report)}\n`
}
