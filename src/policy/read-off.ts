type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function mapped(fields: Fields, change: (value: unknown, key: string) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, change(value, key)]))
}

function word(value: unknown): unknown {
  return value === false ? 'off' : value
}

function entry(value: unknown): unknown {
  if (!isFields(value)) return word(value)
  return mapped(value, (field, key) => (key === 'enforcement' || key === 'fix' ? word(field) : field))
}

/** YAML as Kubernetes reads it takes `off` for the boolean; in a policy's `rules` it can only be meant as the word. */
export function readOff(document: unknown): unknown {
  if (!isFields(document) || !isFields(document['spec']) || !isFields(document['spec']['rules'])) return document
  const { spec } = document
  return { ...document, spec: { ...spec, rules: mapped(document['spec']['rules'], entry) } }
}
