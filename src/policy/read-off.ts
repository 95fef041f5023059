import { isObject } from '../kube/is-object.ts'

type Fields = Readonly<Record<string, unknown>>

function mapped(fields: Fields, change: (value: unknown, key: string) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value, key)]))
}

function word(value: unknown): unknown {
  return value === false ? 'off' : value
}

function entry(value: unknown): unknown {
  if (!isObject(value)) return word(value)
  return mapped(value, (field, key) => (key === 'enforcement' || key === 'fix' ? word(field) : field))
}

/** YAML as Kubernetes reads it takes `off` for the boolean; in a policy's `rules` it can only be meant as the word. */
export function readOff(document: unknown): unknown {
  if (!isObject(document) || !isObject(document['spec']) || !isObject(document['spec']['rules'])) return document
  const { spec } = document
  return { ...document, spec: { ...spec, rules: mapped(document['spec']['rules'], entry) } }
}
