import { groupKindOf } from '../kube/group-kind.ts'
import { valueAt } from '../kube/pointer.ts'
import { quantityPattern } from '../kube/quantity.ts'
import type { JsonPointer, KubeObject } from '../model/object.ts'
import { shown } from '../plain/shown.ts'
import { type Validate, validators } from './shape.generated.ts'
import { intOrPercent } from './shape-parts.ts'

/** A value of another type than Kubernetes has there. */
export interface ShapeError {
  readonly path: JsonPointer
  /** e.g. `must be integer; found "3"`. */
  readonly message: string
}

interface SchemaError {
  readonly instancePath: JsonPointer
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
}

/** What the patterns ask for. */
const forms: Readonly<Record<string, string>> = {
  [intOrPercent.pattern]: 'a number or a percentage such as 25%',
  [quantityPattern]: 'a quantity such as 100m or 1Gi',
}

function expected({ params, message = 'is malformed' }: SchemaError): string {
  const { type, allowedValues, pattern } = params
  const form = forms[String(pattern)]
  if (form !== undefined) return `must be ${form}`
  const choice = type ?? allowedValues
  return Array.isArray(choice) ? `must be ${choice.filter((one) => one !== 'null').join(' or ')}` : message
}

/** Only one value in place of another is shown: what holds others, or should, may be large and hold secrets, such as a command. */
function foundText(value: unknown, { params: { type } }: SchemaError): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return value === null ? 'null' : 'an object'
  return type === 'array' || type === 'object' ? `a ${typeof value}` : shown(value)
}

/** The first value of a wrong type among those that rules read; undefined when there is none or the kind is not read at all. */
export function shapeError(object: KubeObject): ShapeError | undefined {
  const kind = groupKindOf(object)
  const ofKinds: Readonly<Record<string, Validate>> = validators()
  const validate = Object.hasOwn(ofKinds, kind) ? ofKinds[kind] : undefined
  if (validate === undefined || validate(object)) return undefined
  const [error] = validate.errors as readonly [SchemaError]
  const { instancePath: path, keyword, params } = error
  if (keyword === 'required') return { path, message: `needs a field "${String(params['missingProperty'])}"` }
  if (keyword === 'maxItems') return { path, message: expected(error) }
  return { path, message: `${expected(error)}; found ${foundText(valueAt(object, path), error)}` }
}
