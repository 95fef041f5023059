import { isObject } from '../kube/is-object.ts'
import type { Resource } from '../kube/resources.ts'
import type { JsonObject, KubeObject, ObjectMeta } from '../model/object.ts'
import { parseJson } from '../plain/parse-json.ts'

/** An object as the API server sends it in a list: without apiVersion and kind. */
export interface ListItem {
  readonly metadata: JsonObject & { readonly name: string }
  readonly spec?: unknown
  readonly status?: unknown
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
/** Values of environment variables may be secrets, and no rule reads them. */
const secrets = ['containers', 'initContainers'].flatMap((list) => [
  [list, 'env', 'value'],
  ['template', 'spec', list, 'env', 'value'],
  ['jobTemplate', 'spec', 'template', 'spec', list, 'env', 'value'],
])
const keptMetadata = [
  'name',
  'namespace',
  'labels',
  'creationTimestamp',
  'deletionTimestamp',
  'ownerReferences',
] as const

/** The value less what lies at the path; lists on the way are walked. */
function without(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value
  if (Array.isArray(value)) return value.map((item) => without(item, [key, ...rest]))
  if (!isObject(value) || !Object.hasOwn(value, key)) return value
  if (rest.length > 0) return { ...value, [key]: without(value[key], rest) }
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
}

function withoutSecrets(spec: unknown): unknown {
  return secrets.reduce(without, spec)
}

/** The manifest that kubectl noted, which repeats the secrets; undefined if it is no manifest. */
function notedManifest(text: unknown): string | undefined {
  const manifest = parseJson(String(text))
  return isObject(manifest) ? JSON.stringify({ ...manifest, spec: withoutSecrets(manifest['spec']) }) : undefined
}

function annotationsOf(annotations: JsonObject): JsonObject {
  if (!Object.hasOwn(annotations, lastApplied)) return annotations
  const { [lastApplied]: text, ...others } = annotations
  const manifest = notedManifest(text)
  return manifest === undefined ? others : { ...others, [lastApplied]: manifest }
}

/** Entries of other operations list defaults too and say nothing about authors (structured-merge-diff). */
function appliedFields(managedFields: unknown): object[] {
  const entries = Array.isArray(managedFields) ? managedFields.filter(isObject) : []
  return entries
    .filter(({ operation }) => operation === 'Apply')
    .map(({ manager, operation, subresource, fieldsV1 }) => ({
      manager,
      operation,
      ...(subresource === undefined ? {} : { subresource }),
      fieldsV1,
    }))
}

function projectMetadata({ annotations, managedFields, ...metadata }: ListItem['metadata']): ObjectMeta {
  const applied = appliedFields(managedFields)
  return {
    ...Object.fromEntries(keptMetadata.flatMap((key) => (key in metadata ? [[key, metadata[key]]] : []))),
    ...(isObject(annotations) ? { annotations: annotationsOf(annotations) as Record<string, string> } : {}),
    ...(applied.length === 0 ? {} : { managedFields: applied }),
  }
}

/** What rules need of an object: no status but the parts that the resource names, no managed fields but applied ones, no values of environment variables. */
export function project(item: ListItem, { apiVersion, kind, status: parts = [] }: Resource): KubeObject {
  const metadata = projectMetadata(item.metadata)
  const { status } = item
  const told = parts.flatMap((part) => (isObject(status) && part in status ? [[part, status[part]]] : []))
  return {
    apiVersion,
    kind,
    metadata,
    ...(item.spec === undefined ? {} : { spec: withoutSecrets(item.spec) }),
    ...(told.length === 0 ? {} : { status: Object.fromEntries(told) }),
  }
}
