import type { JsonObject } from '../model/object.ts'

/** Whether a value of JSON is a map, neither list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
