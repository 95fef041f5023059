import { createHash } from 'node:crypto'
import { type ArtifactPath, artifactPath } from '../paths/shared-path.ts'
import type { CheckReport, JudgedObject, ReportPosition } from './check-report.ts'
import type { Setting } from './format.ts'
import { placeOf } from './place.ts'
import { endColumn } from './region.ts'
import { type Line, worstFirst } from './severity.ts'

/** Where a line's field stands, and its text there. */
export interface ReportedPlace extends Omit<ReportPosition, 'file'>, ArtifactPath {
  /** The column after it. */
  readonly endColumn: number
  readonly quote: string | undefined
}

/** A finding, or a rule's own failure, with all that machines want to know of it. */
export interface ReportedLine extends Line {
  readonly judged: JudgedObject
  /** Objects of a cluster have none. */
  readonly place?: ReportedPlace
  /** The same as long as the same rule finds the same field of the same object of the same file at fault; of its own in a report. */
  readonly fingerprint: string
}

function reportedPlace(line: Line, judged: JudgedObject, root: string): ReportedPlace | undefined {
  const place = placeOf(line, judged)
  if (place === undefined) return undefined
  const { file, ...at } = place
  const quote = line.finding && judged.quoteOf?.(line.finding.path)
  const end = quote === undefined ? at.column + 1 : endColumn(quote, at.column)
  return { ...at, ...artifactPath(file, root), endColumn: end, quote }
}

function identityOf(line: Line, { evaluation: { object } }: JudgedObject, path: string): string {
  return JSON.stringify([line.rule, path, object.kind, object.namespace, object.name, line.finding?.field ?? ''])
}

/** Everything that was found, object after object, the worst of each first. */
export function* reportedLines({ objects }: CheckReport, { root }: Pick<Setting, 'root'>): Generator<ReportedLine> {
  const times = new Map<string, number>()
  for (const judged of objects) {
    for (const line of worstFirst(judged.evaluation.results)) {
      const place = reportedPlace(line, judged, root)
      const identity = identityOf(line, judged, place?.path ?? '')
      const time = (times.get(identity) ?? 0) + 1
      times.set(identity, time)
      const fingerprint = createHash('sha256').update(`${identity} ${time}`).digest('hex').slice(0, 32)
      yield { ...line, judged, ...(place === undefined ? {} : { place }), fingerprint }
    }
  }
}
