import type { GroupKind, KubeObject, ObjectRef } from '../model/object.ts'

/** The group and kind of an object, without its version. */
export function groupKindOf(object: { readonly apiVersion: string; readonly kind: string }): GroupKind {
  const slash = object.apiVersion.indexOf('/')
  return slash < 0 ? object.kind : `${object.kind}.${object.apiVersion.slice(0, slash)}`
}

/** The kind alone: `Deployment` of `Deployment.apps`. */
export function kindOf(groupKind: GroupKind): string {
  return groupKind.replace(/\..*/, '')
}

/** What names the object; one that has yet to be named by `generateName` shows that prefix. */
export function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object
  const { generateName = '', namespace } = metadata
  const name = metadata.name ?? `${generateName}*`
  return namespace == null ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name }
}
