import { viewOf } from '../kube/view-of.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { GroupKind, KubeObject } from '../model/object.ts'
import { type Connection, connect } from './connection.ts'
import { chooseContext, type KubeconfigOptions } from './kubeconfig.ts'
import { readEverywhere, readNamespaces } from './read-kinds.ts'
import { type Place, type Reading, readPlace } from './read-place.ts'
import { getPatiently, type Pace, usualPace } from './retry.ts'

export interface ClusterOptions extends KubeconfigOptions {
  /** Only these; without it all that may be read. */
  readonly namespaces?: readonly string[]
  readonly kinds: readonly GroupKind[]
}

/** What could not be read, so that nothing is known of it: in one namespace or, without one, in the whole cluster. */
export interface Unreadable {
  readonly kind: GroupKind
  readonly namespace?: string
  /** Mostly in the API server's words. */
  readonly reason: string
  /** The namespaces in which it was read nevertheless, and is known. */
  readonly exceptIn?: readonly string[]
}

/** The objects in the order of the kinds asked for, as plain JSON with what rules need (`project`). */
export interface ClusterSnapshot {
  readonly objects: readonly KubeObject[]
  readonly view: ClusterView
  readonly unreadable: readonly Unreadable[]
}

/** `count` objects of the kind have been read so far. */
export interface Progress {
  readonly kind: GroupKind
  readonly count: number
}

type OnProgress = (progress: Progress) => void

/**
 * Reads kinds from a cluster as far as RBAC lets this user: what may not be listed in the whole cluster is tried namespace by
 * namespace. Rejects with a `ClusterError` when the cluster cannot be reached or does not know the user.
 */
export async function readCluster(
  options: ClusterOptions,
  onProgress: OnProgress = () => undefined,
  pace: Pace = usualPace,
): Promise<ClusterSnapshot> {
  const { target, namespace } = await chooseContext(options)
  const connection = await connect(target, pace.idle)
  const read = readerOf(connection, onProgress, pace)
  const kinds = [...new Set(options.kinds)]
  const { namespaces } = options
  try {
    const readings = namespaces
      ? await readNamespaces(kinds, [...new Set(namespaces)], read)
      : await readEverywhere(kinds, namespace, read)
    return snapshotOf(kinds, readings)
  } finally {
    connection.close()
  }
}

function readerOf(connection: Connection, onProgress: OnProgress, pace: Pace) {
  const counts = new Map<GroupKind, number>()
  return (place: Place): Promise<Reading> => {
    const { kind } = place
    const onPage = (more: number) => {
      const count = (counts.get(kind) ?? 0) + more
      counts.set(kind, count)
      onProgress({ kind, count })
    }
    return readPlace(place, (path) => getPatiently(connection, path, pace), onPage)
  }
}

function snapshotOf(kinds: readonly GroupKind[], readings: readonly Reading[]): ClusterSnapshot {
  const ordered = kinds.flatMap((asked) => readings.filter(({ kind }) => kind === asked))
  const read = ordered.filter((reading) => 'objects' in reading)
  const objects = read.flatMap((reading) => reading.objects)
  const places = new Set(read.map(placeOf))
  const listed = (kind: GroupKind, namespace: string) =>
    places.has(placeOf({ kind })) || places.has(placeOf({ kind, namespace }))
  const unreadable = ordered.flatMap(({ kind, namespace, ...reading }): Unreadable[] => {
    if ('objects' in reading) return []
    const { reason } = reading
    if (namespace !== undefined) return [{ kind, namespace, reason }]
    const exceptIn = read.flatMap((other) => (other.kind === kind ? [other.namespace ?? ''] : []))
    return [{ kind, reason, ...(exceptIn.length === 0 ? {} : { exceptIn }) }]
  })
  return { objects, view: viewOf(objects, { listed }), unreadable }
}

function placeOf({ kind, namespace }: Place): string {
  return namespace === undefined ? kind : `${kind} ${namespace}`
}
