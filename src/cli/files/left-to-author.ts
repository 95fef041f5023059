import { evaluate } from '../../engine/evaluate.ts'
import type { Manifest, Position } from '../../manifests/manifest.ts'
import type { ReportedFinding } from '../../model/finding.ts'
import type { JsonPointer } from '../../model/object.ts'
import type { World } from '../../model/world.ts'
import { worstFirst } from '../../report/severity.ts'
import type { FixedManifest, Obstacle } from './fix-world.ts'

/** Where and why something was not changed. */
export interface Outcome {
  readonly obstacle: Obstacle
  readonly positionOf: (manifest: Manifest, path: JsonPointer) => Position
}

/** What neither these fixes nor the webhook mend, each once: it needs the author's knowledge, or the author's hand. */
export function leftToAuthor({ manifest, fixed }: FixedManifest, world: World, outcome: Outcome): string[] {
  const lines = worstFirst(evaluate(fixed.object, world).results).flatMap(({ finding, message, verdict }) => {
    if (finding === undefined || verdict === 'admit') return []
    const reason = obstacleTo(finding, manifest, outcome)
    if (reason === undefined && finding.fix?.atAdmission) return []
    const { file, line } = outcome.positionOf(manifest, finding.path)
    return `${file}:${line}: left to you: ${message}${reason === undefined ? '' : `; ${reason}`}`
  })
  return [...new Set(lines)]
}

function obstacleTo({ fix }: ReportedFinding, manifest: Manifest, { obstacle }: Outcome): string | undefined {
  return fix?.operations.map(({ path }) => obstacle(manifest, path)).find((reason) => reason !== undefined)
}
