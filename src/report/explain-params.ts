import { dump } from 'js-yaml'
import type { ParamSchema, Rule } from '../model/rule.ts'

/** Longest default, in characters, that is told beside its param. */
const longestDefault = 60

function kindText(schema: ParamSchema): string {
  if ('properties' in schema) {
    const object = `{${Object.keys(schema.properties).join(', ')}}`
    return schema.type === 'object' ? object : `integer or ${object}`
  }
  if ('additionalProperties' in schema) return 'by name'
  const { type, enum: values } = schema
  return values ? values.join(' or ') : type === 'array' ? 'list' : (type ?? 'any')
}

function typeText(schema: ParamSchema): string {
  const least = 'minimum' in schema ? `, at least ${schema.minimum}` : ''
  return `${kindText(schema)}${least}`
}

/** The params inside a param; of a number or bounds its type says it all. */
function partsOf(schema: ParamSchema): Readonly<Record<string, ParamSchema>> {
  if ('properties' in schema) return schema.type === 'object' ? schema.properties : {}
  return 'additionalProperties' in schema ? { NAME: schema.additionalProperties } : {}
}

function defaultText({ default: fallback }: ParamSchema): string {
  if (fallback === undefined) return 'no default'
  const text = JSON.stringify(fallback)
  return text.length > longestDefault ? 'default below' : `default ${text}`
}

function rowsOf(name: string, schema: ParamSchema, more = ''): string[] {
  const parts = Object.entries(partsOf(schema)).flatMap(([part, inner]) => rowsOf(part, inner))
  const row = `- \`${name}\` (${typeText(schema)}${more}): ${schema.description}`
  return [row, ...parts.map((line) => `  ${line}`)]
}

function paramRows(name: string, schema: ParamSchema, recommended: unknown): string[] {
  const other = recommended === undefined ? '' : `, in recommended ${JSON.stringify(recommended)}`
  return rowsOf(name, schema, `; ${defaultText(schema)}${other}`)
}

function longDefault(name: string, schema: ParamSchema): string[] {
  if (defaultText(schema) !== 'default below') return []
  const text = dump({ [name]: schema.default }, { flowLevel: 3, lineWidth: 140 })
  return ['', `The default of \`${name}\`:`, '', '```yaml', text.trimEnd(), '```']
}

/** A rule's params as a Markdown list, those inside others indented under them. */
export function explainParams({ params, recommendedParams = {} }: Rule): string {
  const entries = Object.entries(params.properties as Readonly<Record<string, ParamSchema>>)
  if (entries.length === 0) return 'None.'
  const recommended = recommendedParams as Readonly<Record<string, unknown>>
  const rows = entries.flatMap(([name, schema]) => paramRows(name, schema, recommended[name]))
  return [...rows, ...entries.flatMap(([name, schema]) => longDefault(name, schema))].join('\n')
}
