import { resources } from '../kube/resources.ts'
import type { GroupKind } from '../model/object.ts'
import { inParallel } from './in-parallel.ts'
import type { Place, Reading } from './read-place.ts'

type Read = (place: Place) => Promise<Reading>

/** Lists that are read at the same time. */
const parallel = 4

/** Reads the kinds in these namespaces; kinds without a namespace as a whole. */
export function readNamespaces(
  kinds: readonly GroupKind[],
  namespaces: readonly string[],
  read: Read,
): Promise<Reading[]> {
  const places = kinds.flatMap((kind): Place[] =>
    resources[kind]?.scope === 'cluster' ? [{ kind }] : namespaces.map((namespace) => ({ kind, namespace })),
  )
  return inParallel(places, parallel, read)
}

/**
 * Reads the kinds as a whole, and those that may not be listed so in every namespace, or in `ownNamespace` if namespaces may not
 * be listed either. The refusal of the whole stays in the result, unless the kind was then read in every namespace there is.
 */
export async function readEverywhere(
  kinds: readonly GroupKind[],
  ownNamespace: string,
  read: Read,
): Promise<Reading[]> {
  const places = kinds.map((kind): Place => ({ kind }))
  const whole = await inParallel(places, parallel, read)
  const refused = whole.filter((reading) => isForbidden(reading) && resources[reading.kind]?.scope !== 'cluster')
  if (refused.length === 0) return whole
  const all = namesIn(whole.find(({ kind }) => kind === 'Namespace') ?? (await read({ kind: 'Namespace' })))
  const kindsRefused = refused.map(({ kind }) => kind)
  const parts = await readNamespaces(kindsRefused, all ?? [ownNamespace], read)
  const isMadeGood = (kind: GroupKind) =>
    all !== undefined && parts.every((part) => part.kind !== kind || 'objects' in part)
  return [
    ...whole.filter((reading) => !refused.includes(reading) || !isMadeGood(reading.kind)),
    ...parts.filter((part) => 'objects' in part),
  ]
}

function isForbidden(reading: Reading): boolean {
  return 'status' in reading && reading.status === 403
}

function namesIn(namespaces: Reading): string[] | undefined {
  return 'objects' in namespaces ? namespaces.objects.map(({ metadata }) => metadata.name ?? '') : undefined
}
