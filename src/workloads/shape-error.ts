import { groupKindOf } from '../kube/group-kind.ts'
import type { JsonPointer, KubeObject } from '../model/object.ts'
import { type Validate, validators } from './shape.generated.ts'

/** A value of another type than Kubernetes has there. */
export interface ShapeError {
  readonly path: JsonPointer
  /** e.g. `must be integer`. */
  readonly message: string
}

interface SchemaError {
  readonly instancePath: string
  readonly message?: string
}

/** The first value of a wrong type among those that rules read; undefined when there is none or the kind is not read at all. */
export function shapeError(object: KubeObject): ShapeError | undefined {
  const kind = groupKindOf(object)
  const ofKinds: Readonly<Record<string, Validate>> = validators()
  const validate = Object.hasOwn(ofKinds, kind) ? ofKinds[kind] : undefined
  if (validate === undefined || validate(object)) return undefined
  const [error] = validate.errors as readonly SchemaError[]
  return { path: error?.instancePath ?? '', message: error?.message ?? 'is malformed' }
}
