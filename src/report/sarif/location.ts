import type { ArtifactLocation, Location, Region } from 'sarif'
import { type ArtifactPath, artifactUri } from '../../paths/shared-path.ts'
import type { ReportedLine, ReportedPlace } from '../reported-line.ts'

/** What relative URIs are relative to. */
export const ROOT = '%SRCROOT%'

export function artifactLocation(path: ArtifactPath): ArtifactLocation {
  return { uri: artifactUri(path), ...(path.isBelow ? { uriBaseId: ROOT } : {}) }
}

/** The exact region in the file, if there is one, and the object. */
export function locationOf(line: ReportedLine): Location {
  const { kind, namespace, name } = line.judged.evaluation.object
  const logicalLocations = [
    {
      name,
      fullyQualifiedName: [namespace, kind, name].filter((part) => part !== undefined).join('/'),
      kind: 'resource',
    },
  ]
  const { place } = line
  if (place === undefined) return { logicalLocations }
  return { physicalLocation: { artifactLocation: artifactLocation(place), region: regionOf(place) }, logicalLocations }
}

function regionOf({ line, column, endColumn, quote }: ReportedPlace): Region {
  const snippet = quote === undefined ? {} : { snippet: { text: quote } }
  return { startLine: line, startColumn: column, endLine: line, endColumn, ...snippet }
}
