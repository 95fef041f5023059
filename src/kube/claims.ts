import type { ClusterView } from '../model/cluster-view.ts'
import type { JsonPointer } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'
import { join } from './pointer.ts'
import { objectNamed } from './view-of.ts'

/** A PersistentVolumeClaim that all pods of a template share, and the volume that names it. */
export interface SharedClaim {
  readonly name: string
  readonly at: JsonPointer
}

/** Claims by name only: an `ephemeral` volume, like a StatefulSet's template, gives every pod a claim of its own. */
export function sharedClaims({ template, at }: Workload): SharedClaim[] {
  const volumes = (template.spec?.['volumes'] ?? []) as readonly {
    readonly persistentVolumeClaim?: { readonly claimName?: string | null } | null
  }[]
  return volumes.flatMap(({ persistentVolumeClaim: claim }, i) =>
    claim == null ? [] : [{ name: claim.claimName ?? '', at: join(at.template, 'spec', 'volumes', i) }],
  )
}

/** How a claim may be mounted, e.g. `ReadWriteOnce`: by the pods of one node; empty if that is not in view. */
export function accessModes(claim: string, namespace: string, view: ClusterView): readonly string[] {
  const { accessModes: modes } = (objectNamed(view, 'PersistentVolumeClaim', namespace, claim)?.['spec'] ?? {}) as {
    readonly accessModes?: readonly string[] | null
  }
  return modes ?? []
}
