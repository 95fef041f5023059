import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { evaluate } from '../engine/evaluate.ts'
import { viewOf } from '../kube/view-of.ts'
import type { KubeObject } from '../model/object.ts'
import type { Policy } from '../model/policy.ts'
import type { Rule } from '../model/rule.ts'
import { defaultMaxDays, defaultParams } from '../policy/presets.ts'
import type { Example, Examples } from '../report/explain.ts'

function alone(rule: Rule): Policy {
  return {
    name: rule.id,
    match: {},
    fallback: false,
    failurePolicy: 'Fail',
    rules: [{ rule, enforcement: 'deny', fix: 'off', params: defaultParams(rule) }],
    off: [],
    exemptions: { locked: [], maxDays: defaultMaxDays },
    bypass: { controllers: [], users: [], groups: [] },
  }
}

/** A fixture and what the rule, with its default params, says of its first document. */
function readExample(rule: Rule, path: string): Example {
  const text = readFileSync(path, 'utf8')
  const objects = loadAll(text) as KubeObject[]
  const [object] = objects
  if (object === undefined) throw new Error(`${path} holds no object`)
  const world = { policies: [alone(rule)], view: viewOf(objects), now: 0, defaulted: false }
  const findings = evaluate(object, world).results.flatMap((result) =>
    result.status === 'fail' ? result.findings : [],
  )
  return { text, messages: findings.map(({ message }) => message) }
}

/** The plain failing and passing fixture of a rule, from the folder of all fixtures. */
export function readExamples(rule: Rule, fixtures: string): Examples {
  const example = (name: string) => readExample(rule, join(fixtures, rule.id, `${name}.yaml`))
  return { fails: example('fail'), passes: example('pass') }
}
