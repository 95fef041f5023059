import { child } from '../../src/kube/pointer.ts'
import type { JsonObject, KubeObject, ManagedFields } from '../../src/model/object.ts'
import { asStored } from './arbitrary-workload.ts'

/** How a manifest comes to the API server. */
export const ways = ['client-side', 'server-side'] as const
export type Way = (typeof ways)[number]

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** A custom resource's lists have no keys, so that they are applied as a whole. */
function isKeyed(list: readonly unknown[], kind: string): boolean {
  return kind !== 'Rollout' && list.length > 0 && list.every((item) => child(item, 'name') !== undefined)
}

/** structured-merge-diff's FieldsV1 of all that stands in the value; null is nothing. */
function fieldsOf(value: unknown, kind: string): JsonObject {
  if (typeof value !== 'object' || value === null) return {}
  if (Array.isArray(value)) {
    const items: readonly unknown[] = isKeyed(value, kind) ? value : []
    const keyed = items.map((item) => [`k:${JSON.stringify({ name: child(item, 'name') })}`, fieldsOf(item, kind)])
    return Object.fromEntries(keyed) as JsonObject
  }
  const fields = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(fields.map(([key, inner]) => [`f:${key}`, fieldsOf(inner, kind)]))
}

/** Who is on record after an apply: of an update the API server lists defaults, too, of an apply what it brings. */
function recordOf(written: KubeObject, way: Way): ManagedFields {
  if (way === 'server-side')
    return { manager: 'kubectl', operation: 'Apply', fieldsV1: fieldsOf({ spec: written['spec'] }, written.kind) }
  const { metadata, ...rest } = asStored(written)
  const fieldsV1 = fieldsOf({ spec: rest['spec'], metadata: { annotations: metadata.annotations } }, written.kind)
  return { manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1 }
}

function onRecord(stored: KubeObject, written: KubeObject, way: Way): KubeObject {
  const noted = Object.entries({ ...stored.metadata.annotations, [lastApplied]: JSON.stringify(written) })
  const annotations = Object.fromEntries(noted.filter(([key]) => way === 'client-side' || key !== lastApplied))
  return { ...stored, metadata: { ...stored.metadata, annotations, managedFields: [recordOf(written, way)] } }
}

/** The author's new words over what is there; what only the words of before had goes, what nobody wrote stays. */
function merged(live: unknown, before: unknown, after: unknown, kind: string): unknown {
  if (typeof after !== 'object' || after === null) return after
  if (Array.isArray(after)) {
    if (!isKeyed(after, kind)) return after
    return after.map((item, i) => merged(child(live, `${i}`), child(before, `${i}`), item, kind))
  }
  const words = Object.entries(after).filter(([, value]) => value !== null)
  const gone = Object.keys(before ?? {}).filter((key) => (child(after, key) ?? undefined) === undefined)
  const stays = Object.entries(live ?? {}).filter(([key]) => !gone.includes(key))
  const come = words.map(([key, value]) => [key, merged(child(live, key), child(before, key), value, kind)] as const)
  return Object.fromEntries([...stays, ...come])
}

/** The manifest as it comes to the webhook when nothing is there yet. */
export function appliedNew(written: KubeObject, way: Way): KubeObject {
  return onRecord(asStored(written), written, way)
}

/** The manifest as it comes to the webhook over what is live since an earlier manifest was applied. */
export function appliedOver(live: KubeObject, before: KubeObject, after: KubeObject, way: Way): KubeObject {
  return onRecord(asStored(merged(live, before, after, after.kind) as KubeObject), after, way)
}
