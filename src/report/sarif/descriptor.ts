import type { ReportingDescriptor } from 'sarif'
import type { Severity } from '../../model/rule.ts'
import type { ReportedRule } from '../format.ts'

/** GitHub's words for how bad a problem is that is none of security. */
const problems: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'recommendation',
  info: 'recommendation',
}

/** What a rule asks and why. */
export function descriptorOf({ id, title, why, remedy, severity, category }: ReportedRule): ReportingDescriptor {
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
