import { relative, resolve } from 'node:path'
import { changeOf } from '../../engine/change.ts'
import { groupKindOf, refOf } from '../../kube/group-kind.ts'
import type { Manifest } from '../../manifests/manifest.ts'
import type { KubeObject } from '../../model/object.ts'
import type { World } from '../../model/world.ts'
import { errorLine } from '../../report/error-line.ts'
import { objectName } from '../../report/object-name.ts'
import { isJudged } from '../judge.ts'
import type { FileWorld } from './read-world.ts'

/** What was there before a change, for rules that compare. */
export interface Before {
  /** The world of an object, with the write that brings it if the object was there before. */
  worldOf(manifest: Manifest): World
  /** What people should know of it. */
  readonly notes: readonly string[]
}

/** What the files' paths are relative to. */
export interface Roots {
  readonly now: string
  readonly before: string
}

const maxNotes = 10

function keyOf({ object }: Manifest): string {
  const { namespace = '', name } = refOf(object)
  return `${groupKindOf(object)} ${namespace}/${name}`
}

function grouped(manifests: readonly Manifest[]): Map<string, Manifest[]> {
  const groups = new Map<string, Manifest[]>()
  for (const manifest of manifests.filter(({ object }) => isJudged(object))) {
    const key = keyOf(manifest)
    groups.set(key, [...(groups.get(key) ?? []), manifest])
  }
  return groups
}

/** Pairs objects of the same name: those of the same file first, since each overlay may have its own, then the rest in order. */
function pairs(after: readonly Manifest[], before: readonly Manifest[], roots: Roots): Map<Manifest, Manifest> {
  const found = new Map<Manifest, Manifest>()
  const left = new Set(before)
  const pair = (manifest: Manifest, old: Manifest | undefined): void => {
    if (old === undefined) return
    found.set(manifest, old)
    left.delete(old)
  }
  for (const manifest of after) {
    const file = relative(roots.now, resolve(manifest.source.file))
    pair(
      manifest,
      [...left].find(({ source }) => relative(roots.before, resolve(source.file)) === file),
    )
  }
  for (const manifest of after) if (!found.has(manifest)) pair(manifest, [...left][0])
  return found
}

/** Finds each object again among those from before, by kind, namespace and name. */
export function compareWorlds(files: FileWorld, before: FileWorld, roots: Roots): Before {
  const groups = grouped(before.manifests)
  const found = [...grouped(files.manifests)].flatMap(([key, after]) => [...pairs(after, groups.get(key) ?? [], roots)])
  const olds = new Map<Manifest, KubeObject>(found.map(([manifest, old]) => [manifest, old.object]))
  const kept = new Set(found.map(([, old]) => old))
  const removed = [...groups.values()].flat().filter((old) => !kept.has(old))
  return {
    worldOf: (manifest) => worldOf(manifest, olds.get(manifest), files.world),
    notes: [
      ...before.errors.map(
        (error) => `before: ${errorLine({ ...error, file: relative(roots.before, error.file ?? '') })}`,
      ),
      ...removed.slice(0, maxNotes).map(({ object }) => `removed: ${objectName(refOf(object))}`),
      ...(removed.length > maxNotes ? [`removed: ${removed.length - maxNotes} more`] : []),
    ],
  }
}

/** A new object is judged as it stands; one that was there before as the update that the API server will see. */
function worldOf({ object }: Manifest, oldObject: KubeObject | undefined, world: World): World {
  if (oldObject === undefined) return world
  const change = changeOf(oldObject, object, world.view)
  const user = { username: '', groups: [] }
  return { ...world, request: { operation: 'UPDATE', user, oldObject, change, dryRun: true } }
}
