import { dotted, join } from '../kube/pointer.ts'
import type { JsonPointer } from '../model/object.ts'
import { shown } from '../plain/shown.ts'
import { suggestion } from '../plain/suggest.ts'
import type { PolicyFault } from './enable.ts'

/** The part of an ajv error that is used here. */
export interface SchemaError {
  readonly instancePath: JsonPointer
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
  /** What stands there. */
  readonly data: unknown
  /** The schema it is against; its title says what is expected where the keywords would not be understood. */
  readonly parentSchema: { readonly title?: string; readonly properties?: object }
}

function unknownKey({ instancePath, params, parentSchema }: SchemaError): PolicyFault {
  const key = String(params['additionalProperty'])
  const known = Object.keys(parentSchema.properties ?? {})
  const [what, all] =
    instancePath === '/spec/rules'
      ? ['rule', '`evenkeel rules` lists them']
      : ['field', `known here: ${known.join(', ')}`]
  return { path: join(instancePath, key), message: `is an unknown ${what}${suggestion(key, known) || `; ${all}`}` }
}

function expected({ params, message, parentSchema: { title } }: SchemaError, allowed: readonly string[]): string {
  const { type } = params
  if (title !== undefined) return `must be ${title}`
  if (allowed.length > 0) return `must be ${allowed.join(' or ')}`
  return Array.isArray(type) ? `must be ${type.join(' or ')}` : (message ?? 'is invalid')
}

/** An ajv error as people read it: what was expected, what was found, what may have been meant. */
export function explainError(error: SchemaError): PolicyFault {
  const { keyword, params, instancePath: path, data } = error
  if (keyword === 'additionalProperties') return unknownKey(error)
  if (keyword === 'required') return { path, message: `needs a field "${String(params['missingProperty'])}"` }
  const allowed = ((params['allowedValues'] ?? []) as readonly unknown[]).map(String)
  return { path, message: `${expected(error, allowed)}; found ${shown(data)}${suggestion(data, allowed)}` }
}

/** `spec.rules.limit-max-surge is …` */
export function faultText({ path, message }: PolicyFault): string {
  return `${path === '' ? 'the policy' : dotted(path)} ${message}`
}
