import { type Fixed, fix } from '../../engine/fix.ts'
import type { Manifest } from '../../manifests/manifest.ts'
import type { JsonPointer } from '../../model/object.ts'
import type { World } from '../../model/world.ts'
import { isJudged } from '../judge.ts'
import type { FileWorld } from './read-world.ts'

/** A manifest and what all that is offered makes of it. */
export interface FixedManifest {
  readonly manifest: Manifest
  readonly fixed: Fixed
}

/** Why the value at a path of an object cannot be changed in its file, if it cannot. */
export type Obstacle = (manifest: Manifest, path: JsonPointer) => string | undefined

/** What is fixed in one object can call for something in another, and rules that want opposite things must end, too. */
const MAX_PASSES = 4

/** The judged manifests with all fixes offered for them, each judged beside the others as they will be, and that world. */
export function fixWorld(
  { manifests, world, viewOf }: FileWorld,
  obstacle: Obstacle,
): { readonly fixed: readonly FixedManifest[]; readonly world: World } {
  let all = manifests.map((manifest): FixedManifest => ({ manifest, fixed: untouched(manifest) }))
  let around = world
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const next = all.map((one) => fixAgain(one, around, obstacle))
    if (next.every((one, i) => one === all[i])) break
    all = next
    around = { ...world, view: viewOf(all.map(({ fixed }) => fixed.object)) }
  }
  return { fixed: all.filter(({ manifest }) => isJudged(manifest.object)), world: around }
}

export function untouched({ object }: Manifest): Fixed {
  return { object, operations: [], applied: [], ruleErrors: [] }
}

function fixAgain(one: FixedManifest, world: World, obstacle: Obstacle): FixedManifest {
  const { manifest, fixed } = one
  if (!isJudged(manifest.object)) return one
  const more = fix(fixed.object, world, 'offer', (path) => obstacle(manifest, path) === undefined)
  if (more.operations.length === 0) return one
  const operations = [...fixed.operations, ...more.operations]
  return { manifest, fixed: { ...more, operations, applied: [...fixed.applied, ...more.applied] } }
}
