import { relative, resolve } from 'node:path'
import { changeOf } from '../../engine/change.ts'
import { isHarmless } from '../../engine/waiver.ts'
import { groupKindOf, refOf } from '../../kube/group-kind.ts'
import type { Manifest } from '../../manifests/manifest.ts'
import type { ClusterView } from '../../model/cluster-view.ts'
import type { KubeObject } from '../../model/object.ts'
import type { RequestInfo } from '../../model/request.ts'
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

interface Sides {
  readonly view: ClusterView
  readonly before: ClusterView
}

/**
 * What is around the objects now and what was then; what is known of one side is known of the other, where it may have had none. An object
 * that was merely scaled, paused or restarted has always been as it is: what that does to others is told of it, and never refused.
 */
function sidesOf(files: FileWorld, before: FileWorld, harmless: ReadonlyMap<Manifest, KubeObject>): Sides {
  const { view } = files.world
  const then = before.viewOf(before.manifests.map((old) => harmless.get(old) ?? old.object))
  const knows: ClusterView['knows'] = (kind, namespace) => view.knows(kind, namespace) || then.knows(kind, namespace)
  return {
    view: { knows, list: (kind, namespace) => view.list(kind, namespace) },
    before: { knows, list: (kind, namespace) => then.list(kind, namespace) },
  }
}

/** Finds each object again among those from before, by kind, namespace and name. */
export function compareWorlds(files: FileWorld, before: FileWorld, roots: Roots): Before {
  const groups = grouped(before.manifests)
  const found = [...grouped(files.manifests)].flatMap(([key, after]) => [...pairs(after, groups.get(key) ?? [], roots)])
  const requests = new Map(found.map(([manifest, old]) => [manifest, requestOf(manifest, old, files.world)]))
  const kept = new Set(found.map(([, old]) => old))
  const removed = [...groups.values()].flat().filter((old) => !kept.has(old))
  const harmless = found.filter(([manifest]) => isHarmless(requests.get(manifest)?.change ?? 'create'))
  const sides = sidesOf(files, before, new Map(harmless.map(([{ object }, old]) => [old, object])))
  return {
    worldOf: (manifest) => {
      const request = requests.get(manifest)
      return request === undefined ? { ...files.world, view: sides.view } : { ...files.world, ...sides, request }
    },
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
function requestOf({ object }: Manifest, { object: oldObject }: Manifest, { view }: World): RequestInfo {
  const change = changeOf(oldObject, object, view)
  const user = { username: '', groups: [] }
  return { operation: 'UPDATE', user, oldObject, change }
}
