/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }

/** A JSON pointer (RFC 6901), e.g. `/spec/template/spec/containers/0`; `''` is the whole object. */
export type JsonPointer = string

/** Kubernetes' `IntOrString`: `1`, `"25%"`; a string that is no percentage is invalid there. */
export type IntOrPercent = number | string

/** Kubernetes' `Quantity`: `2`, `0.5`, `"500m"`, `"1.5Gi"`; null counts as 0. */
export type Quantity = number | string | null

/** `Kind.group` as kubectl spells it, without the version; the core group has no suffix: `Deployment.apps`, `Service`. */
export type GroupKind = string

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly controller?: boolean
}

export interface ManagedFields {
  readonly manager?: string
  readonly operation?: string
  readonly subresource?: string
  /** RFC 3339 in whole seconds, of the last write that changed the entry. */
  readonly time?: string
  readonly fieldsV1?: JsonObject
}

export interface ObjectMeta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** RFC 3339. */
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  /** Counts what changed the spec; the API server's own. */
  readonly generation?: number
  readonly ownerReferences?: readonly OwnerReference[]
  readonly managedFields?: readonly ManagedFields[]
}

/** An object of the Kubernetes API as plain JSON: never a class instance, never with Dates. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** What names an object in reports. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** `matchLabels` and `matchExpressions` are ANDed; an empty selector matches everything (apimachinery, labels.Selector). */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelExpression[]
}

export interface LabelExpression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}
