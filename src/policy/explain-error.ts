import { child, dotted, segmentsOf, valueAt } from '../kube/pointer.ts'
import { suggestion } from '../kube/suggest.ts'
import type { JsonPointer } from '../model/object.ts'
import type { PolicyFault } from './enable.ts'

/** The part of an ajv error that is used here. */
export interface SchemaError {
  readonly instancePath: JsonPointer
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** The names that the closed object at the schema's path knows. */
function knownNames(schemaPath: string, schema: object): string[] {
  const parent = segmentsOf(decodeURIComponent(schemaPath.replace(/^#/, ''))).slice(0, -1)
  return Object.keys(child(parent.reduce<unknown>(child, schema), 'properties') ?? {})
}

function unknownKey(error: SchemaError, schema: object): PolicyFault {
  const key = String(error.params['additionalProperty'])
  const known = knownNames(error.schemaPath, schema)
  const what = error.instancePath === '/spec/rules' ? 'unknown rule' : 'unknown field'
  const path = `${error.instancePath}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
  const hint = suggestion(key, known) || `; known here: ${known.slice(0, 12).join(', ')}`
  return { path, message: `is an ${what}${hint}` }
}

/** An ajv error as people read it: what was expected, what was found, what may have been meant. */
export function explainError(error: SchemaError, document: unknown, schema: object): PolicyFault {
  if (error.keyword === 'additionalProperties') return unknownKey(error, schema)
  const path = error.instancePath
  const value = valueAt(document, path)
  if (error.keyword === 'required')
    return { path, message: `needs a field "${String(error.params['missingProperty'])}"` }
  if (error.keyword === 'enum') {
    const allowed = (error.params['allowedValues'] as readonly unknown[]).map(String)
    return { path, message: `must be ${allowed.join(' or ')}; found ${shown(value)}${suggestion(value, allowed)}` }
  }
  const { type } = error.params
  const expected = Array.isArray(type) ? `must be ${type.join(' or ')}` : (error.message ?? 'is invalid')
  return { path, message: `${expected}; found ${shown(value)}` }
}

/** `spec.rules.limit-max-surge is …` */
export function faultText({ path, message }: PolicyFault): string {
  return `${path === '' ? 'the policy' : dotted(path)} ${message}`
}
