import type { Category, Rule } from '../model/rule.ts'

/** In the order in which a rollout meets them. */
const categories: readonly Category[] = ['availability', 'health', 'shutdown', 'disruption', 'traceability']

/** The README's table: every rule once, by what it is about. */
export function rulesByCategory(rules: readonly Rule[]): string {
  const rows = categories.map((category) => {
    const links = rules
      .filter((rule) => rule.category === category)
      .map(({ id }) => `[${id}](policies/reference/${id}.md)`)
    return `| ${category} | ${links.join(' · ')} |`
  })
  return `${rules.length} rules, each with a page that tells the outage it prevents, its parameters, examples and its fix:
[policies/reference](policies/reference/README.md).

| | |
|---|---|
${rows.join('\n')}`
}

/** The text with what stands between `<!-- NAME -->` and `<!-- /NAME -->` replaced. Throws where it has no such marks. */
export function replacedBetween(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(open), text.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`README.md has no ${open} … ${close}`)
  return `${text.slice(0, from)}${open}\n${content}\n${text.slice(to)}`
}
