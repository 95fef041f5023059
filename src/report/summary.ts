import { type CheckReport, type Summary, summaryOf } from './check-report.ts'

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

/** A part of the line, left out where there is nothing to count. */
function part(number: number, text: (number: number) => string): string[] {
  return number > 0 ? [text(number)] : []
}

/** What came of the objects: those that no policy judged are told apart from those that one admitted. */
function outcomes({ objects, denied, warned, unmatched = 0, undecided = 0 }: Summary): string {
  const admitted = objects - denied - warned - unmatched - undecided
  return [
    `${denied} denied, ${warned} warned, ${admitted} admitted`,
    ...part(unmatched, (n) => `${n} that no policy is meant for`),
    ...part(undecided, (n) => `${n} that no policy is surely meant for`),
  ].join(', ')
}

/** One line that counts: what was judged, what came of it, and what could not be. */
export function summaryText(report: CheckReport): string {
  const summary = summaryOf(report)
  const { seen, objects, unplaced = 0, skip, error, exempt, baselined = 0, unrendered = 0, leftOut = 0 } = summary
  const parts = [
    `${count(objects, 'object')} judged of ${seen} seen: ${outcomes(summary)}`,
    ...part(unplaced, (n) => `${count(n, 'object')} without the namespace that policies go by (--namespace NAME)`),
    ...part(skip, (n) => `${count(n, 'rule result')} skipped (-o json tells why)`),
    ...part(error, (n) => `${count(n, 'rule result')} failed`),
    ...part(exempt, (n) => `${count(n, 'finding')} exempt`),
    ...part(baselined, (n) => `${count(n, 'finding')} in the baseline`),
    ...part(unrendered, (n) => `${n} not rendered (charts, kustomizations)`),
    ...part(leftOut, (n) => `${n} left out in namespaces of Kubernetes itself (--namespace NAME)`),
    ...part(report.errors.length, (n) => `${count(n, 'error')} in the input`),
  ]
  return parts.join('; ')
}
