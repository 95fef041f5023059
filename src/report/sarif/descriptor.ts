import type { ReportingDescriptor } from 'sarif'
import type { Rule, Severity } from '../../model/rule.ts'

/** GitHub's words for how bad a problem is that is none of security. */
const problems: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'recommendation',
  info: 'recommendation',
}

/** What a rule asks and why; the engine's own findings have a rule that is in no table. */
export function descriptorOf(id: string, rule: Rule | undefined): ReportingDescriptor {
  if (rule === undefined) return { id }
  const { title, why, remedy, severity, category } = rule
  const explain = `evenkeel explain ${id}`
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: why },
    help: {
      text: `${why}\n\n${remedy}\n\nMore: ${explain}`,
      markdown: `**Why:** ${why}\n\n**What to do:** ${remedy}\n\nMore: \`${explain}\``,
    },
    properties: {
      tags: ['kubernetes', category],
      severity,
      precision: 'very-high',
      'problem.severity': problems[severity],
    },
  }
}
