import { quantityPattern } from '../kube/quantity.ts'

/** What the shapes of objects are made of, as JSON schemas. */

// Null is what a template renders for an empty value; to the API server it is as good as absent.
export const int = { type: 'integer', nullable: true } as const
export const bool = { type: 'boolean', nullable: true } as const
export const string = { type: 'string', nullable: true } as const
export const name = { type: 'string' } as const
export const intOrPercent = { type: ['integer', 'string', 'null'], pattern: '^[0-9]+%$', minimum: 0 } as const
export const portNumberOrName = { type: ['integer', 'string', 'null'] } as const
export const quantities = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'null'], pattern: quantityPattern },
  nullable: true,
} as const
export const strings = { type: 'array', items: name, nullable: true } as const
export const stringMap = { type: 'object', additionalProperties: string, nullable: true } as const

export function object(properties: object, required: readonly string[] = []): object {
  return { type: 'object', properties, required, nullable: true }
}

export function list(items: object): object {
  return { type: 'array', items, nullable: true }
}

/**
 * A list whose items are looked at for each other, or copied for each. The API server has no limit, and asks webhooks before it
 * validates: ten thousand containers, which no node could run, would keep the webhook from everybody else for minutes.
 */
export function bounded(items: object): object {
  return { ...list(items), maxItems: 500 }
}

/** One of the definitions that shapes share. */
export function defined(name: string): object {
  return { $ref: name }
}
