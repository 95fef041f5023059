import { dump } from 'js-yaml'
import type { Operation } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'

/** What is to change in an object, and whether its namespace stands in its own text. */
export interface ObjectPatch {
  readonly object: KubeObject
  readonly hasNamespace: boolean
  readonly operations: readonly Operation[]
}

/**
 * A Kustomize Component that makes the changes: what lists the objects as resources takes it in by `components:`. JSON patches, since
 * strategic ones would replace the lists of kinds that Kustomize has no schema of (Argo's Rollout).
 */
export function toKustomizeComponent(patches: readonly ObjectPatch[]): string {
  const component = {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    patches: patches.map((patch) => ({ target: targetOf(patch), patch: dump(patch.operations, { lineWidth: -1 }) })),
  }
  return dump(component, { lineWidth: -1 })
}

/** Kustomize takes name and namespace for regular expressions, from beginning to end (api/types/selector.go). */
function targetOf({ object: { apiVersion, kind, metadata }, hasNamespace }: ObjectPatch): object {
  const [version = '', group] = apiVersion.split('/').toReversed()
  const literally = (name = '') => name.replaceAll('.', String.raw`\.`)
  return {
    ...(group === undefined ? {} : { group }),
    version,
    kind,
    name: literally(metadata.name),
    ...(hasNamespace ? { namespace: literally(metadata.namespace) } : {}),
  }
}
