import { exemptionRule } from '../engine/exemption-rule.ts'
import { suggestion } from '../plain/suggest.ts'
import { explainOwnRule, explainRule } from '../report/explain.ts'
import { rules } from '../rules/index.ts'
import { UsageError } from './exit-code.ts'
import { print } from './output.ts'
import { reportedRules } from './reported-rules.ts'

/** Of which `evenkeel explain` can tell. */
export const ruleIds: readonly string[] = reportedRules.map(({ id }) => id)

/** `evenkeel rules`: one line a rule. */
export function listRules(): number {
  const width = Math.max(...rules.map(({ id }) => id.length))
  print(rules.map(({ id, severity, title }) => `${id.padEnd(width)}  ${severity.padEnd(8)}  ${title}\n`))
  return 0
}

/** `evenkeel explain RULE`: its reference page. */
export async function explain([id, ...others]: readonly string[]): Promise<number> {
  if (id === undefined || others.length > 0)
    throw new UsageError('one rule at a time: evenkeel explain RULE; evenkeel rules lists them')
  print([id === exemptionRule.id ? explainOwnRule(exemptionRule) : await explainConfigurable(id)])
  return 0
}

async function explainConfigurable(id: string): Promise<string> {
  const rule = rules.find((candidate) => candidate.id === id)
  if (rule === undefined)
    throw new UsageError(`there is no rule "${id}"${suggestion(id, ruleIds)}; evenkeel rules lists them`)
  const { examples } = await import('./examples.generated.ts')
  const ofRule = examples[id]
  if (ofRule === undefined) throw new Error(`no examples of ${id}: npm run generate writes them`)
  return explainRule(rule, ofRule)
}
