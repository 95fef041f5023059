import { type CheckReport, summaryOf } from './check-report.ts'

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

/** One line that counts: what was judged, what came of it, and what could not be. */
export function summaryText(report: CheckReport): string {
  const { seen, objects, denied, warned, skip, error, exempt, baselined = 0, unrendered = 0 } = summaryOf(report)
  const admitted = objects - denied - warned
  const parts = [
    `${count(objects, 'object')} judged of ${seen} seen: ${denied} denied, ${warned} warned, ${admitted} admitted`,
    ...(skip > 0 ? [`${count(skip, 'rule result')} skipped (-o json tells why)`] : []),
    ...(error > 0 ? [`${count(error, 'rule result')} failed`] : []),
    ...(exempt > 0 ? [`${count(exempt, 'finding')} exempt`] : []),
    ...(baselined > 0 ? [`${count(baselined, 'finding')} in the baseline`] : []),
    ...(unrendered > 0 ? [`${unrendered} not rendered (charts, kustomizations)`] : []),
    ...(report.errors.length > 0 ? [`${count(report.errors.length, 'error')} in the input`] : []),
  ]
  return parts.join('; ')
}
