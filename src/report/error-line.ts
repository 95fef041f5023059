import type { ReportError } from './check-report.ts'
import { placeText } from './place.ts'
import { printable } from './printable.ts'

/** An error as people are told of it: where, what and its code. */
export function errorLine(error: ReportError, afterPlace = ': '): string {
  const place = placeText(error)
  return `${place === '' ? '' : place + afterPlace}${printable(error.message)} [${error.code}]`
}
