import { suggestion } from '../kube/suggest.ts'
import { explainRule } from '../report/explain.ts'
import { rules } from '../rules/index.ts'
import { UsageError } from './exit-code.ts'
import { print } from './output.ts'

/** `evenkeel rules`: one line a rule. */
export function listRules(): number {
  const width = Math.max(...rules.map(({ id }) => id.length))
  print(rules.map(({ id, severity, title }) => `${id.padEnd(width)}  ${severity.padEnd(8)}  ${title}\n`))
  return 0
}

/** `evenkeel explain RULE`. */
export function explain([id, ...others]: readonly string[]): number {
  if (id === undefined || others.length > 0)
    throw new UsageError('one rule at a time: evenkeel explain RULE; evenkeel rules lists them')
  const rule = rules.find((candidate) => candidate.id === id)
  if (rule === undefined) {
    const hint = suggestion(
      id,
      rules.map((known) => known.id),
    )
    throw new UsageError(`there is no rule "${id}"${hint}; evenkeel rules lists them`)
  }
  print([explainRule(rule)])
  return 0
}
