import jsonPatch from 'fast-json-patch'
import type { Operation } from '../../model/finding.ts'
import type { KubeObject } from '../../model/object.ts'

/**
 * Why the API server would not take this patch of the object, or undefined if it applies. A patch that fails there fails the
 * request, whatever the webhook's failurePolicy. Strict RFC 6902 on copies; what names the object must stay as it is.
 */
export function patchProblem(object: KubeObject, operations: readonly Operation[]): string | undefined {
  try {
    const copy = JSON.parse(JSON.stringify(object), withoutPrototype) as KubeObject
    const patch = JSON.parse(JSON.stringify(operations)) as Operation[]
    const { newDocument } = jsonPatch.applyPatch(copy, patch, true)
    return identity(newDocument) === identity(object) ? undefined : 'it changes what names the object'
  } catch (error) {
    return error instanceof jsonPatch.JsonPatchError ? error.name : 'it cannot be applied'
  }
}

/** The applier looks keys up with `[]`: an inherited `constructor` would count as present. */
function withoutPrototype(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.setPrototypeOf(value, null)
    : value
}

function identity({ apiVersion, kind, metadata }: KubeObject): string {
  return JSON.stringify([apiVersion, kind, metadata.namespace, metadata.name, metadata.generateName])
}
