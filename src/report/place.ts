import { artifactPath } from '../paths/shared-path.ts'
import type { JudgedObject, ReportPosition } from './check-report.ts'
import { printable } from './printable.ts'
import type { Line } from './severity.ts'

/** Where a line's field is written; where the object begins for what has no field. */
export function placeOf({ finding }: Line, { positionOf, source }: JudgedObject): ReportPosition | undefined {
  if (finding !== undefined && positionOf !== undefined) return positionOf(finding.path)
  return source === undefined ? undefined : { file: source.file, line: source.line, column: 1 }
}

/** As those know it who read a report elsewhere: from the root. */
export function placeTextFrom(root: string, place: Partial<ReportPosition> | undefined): string {
  return placeText(place?.file === undefined ? place : { ...place, file: artifactPath(place.file, root).path })
}

/** `k8s/web.yaml:12:7`, as much of it as is known; editors and terminals make links of it. */
export function placeText(place: Partial<ReportPosition> | undefined): string {
  const { file, line, column } = place ?? {}
  return [file === undefined ? undefined : printable(file), line, column].filter((part) => part !== undefined).join(':')
}
