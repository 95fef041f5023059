import type { CheckReport, JudgedObject, ReportError } from './check-report.ts'
import { type Folded, folded } from './fold.ts'
import type { Setting } from './format.ts'
import { objectName } from './object-name.ts'
import { placeOf, placeTextFrom } from './place.ts'
import { printable } from './printable.ts'
import { byWorst, noteOn, worstFirst } from './severity.ts'
import { summaryText } from './summary.ts'

/** The longest comment that GitHub takes, in characters (a job summary may be longer). */
const MOST = 65_536
/** Room for what is said of what was left out. */
const RESERVE = 300
/** The longest text of others in a cell. */
const LONGEST = 500

/** Texts of others as text: neither Markdown nor HTML, no column of the table, nobody's name or issue number that GitHub would link. */
function plain(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
  return printable(cut)
    .replaceAll(/[^\p{L}\p{N} .,:;=+%()/-]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`)
    .replaceAll(/&#(?:35|64);/g, '$&<!-- -->')
}

function code(text: string): string {
  return text === '' ? '' : `<code>${plain(text)}</code>`
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}

const words = { deny: '**deny**', warn: 'warn', admit: 'note' } as const

function findingRow({ text, first, lines }: Folded, judged: JudgedObject, root: string): string {
  const places = lines.map((line) => {
    const place = placeOf(line, judged)
    return placeTextFrom(root, place && { file: place.file, line: place.line })
  })
  const note = noteOn(first)
  // The rule has a form of its own here.
  const sentence = plain(text.replace(` [${first.rule}]`, ''))
  const told = `${sentence} ${code(first.rule)}${note === undefined ? '' : ` <em>${plain(note)}</em>`}`
  return row(
    words[first.verdict],
    plain(objectName(judged.evaluation.object)),
    told,
    [...new Set(places)].map(code).join('<br>'),
  )
}

function errorRow({ code: id, message, file, line }: ReportError, root: string): string {
  const place = placeTextFrom(root, { ...(file && { file }), ...(line && { line }) })
  return row('**error**', '', `${plain(message)} ${code(id)}`, code(place))
}

/** Errors first, then findings, the worst first, each with where it is. */
function rowsOf({ objects, errors }: CheckReport, root: string): string[] {
  const found = objects.flatMap((judged) =>
    folded(worstFirst(judged.evaluation.results)).map((one) => ({ one, judged })),
  )
  found.sort((a, b) => byWorst(a.one.first, b.one.first))
  return [
    ...errors.map((error) => errorRow(error, root)),
    ...found.map(({ one, judged }) => findingRow(one, judged, root)),
  ]
}

/** What the rules that found something want, folded away. */
function remedies({ objects }: CheckReport, { rules }: Setting): string[] {
  const failed = new Set(
    objects.flatMap(({ evaluation }) =>
      evaluation.results.flatMap(({ status, rule }) => (status === 'fail' ? [rule] : [])),
    ),
  )
  return rules
    .filter(({ id }) => failed.has(id))
    .map(
      ({ id, title, why, remedy }) =>
        `<details><summary><code>${id}</code> ${plain(title)}</summary>\n\n${plain(why)}\n\n${plain(remedy)}\n\n</details>\n`,
    )
}

/** A table and folded details for a pull request's comment or a job's summary, cut where GitHub would refuse it. */
export function* toMarkdown(report: CheckReport, setting: Setting): Generator<string> {
  const head = `### evenkeel\n\n${plain(summaryText(report))}\n`
  const rows = rowsOf(report, setting.root)
  let room = MOST - RESERVE - head.length
  yield head
  if (rows.length === 0) return
  const table = `\n${row('', 'Object', 'Finding', 'Where')}${row('---', '---', '---', '---')}`
  room -= table.length
  yield table
  const fitting = rows.filter((text) => (room -= text.length) >= 0)
  yield* fitting
  const details = ['\n', ...remedies(report, setting)]
  if (fitting.length === rows.length) yield* details.filter((text) => (room -= text.length) >= 0)
  else
    yield `\n${rows.length - fitting.length} more do not fit into a comment of ${MOST} characters; \`-o text\` shows all.\n`
}
