import type { ParamSchema, Rule } from '../model/rule.ts'

function paramText(name: string, schema: ParamSchema): string {
  const fallback = schema.default === undefined ? '' : ` Default: ${JSON.stringify(schema.default)}.`
  return `- \`${name}\`: ${schema.description}${fallback}`
}

/** What a rule asks and why, readable in a terminal and as Markdown. */
export function explainRule(rule: Rule): string {
  const params = Object.entries(rule.params.properties as Record<string, ParamSchema>)
  return `# ${rule.id}\n\n${rule.title}.\n\n${rule.why}\n\n${rule.remedy}\n\n${params.map(([name, schema]) => paramText(name, schema)).join('\n')}\n`
}
