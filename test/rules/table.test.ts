import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { exemptionRule } from '../../src/engine/exemption-rule.ts'
import { kindsJudgedBy } from '../../src/engine/subject.ts'
import { unwritten } from '../../src/generate/rule-template.ts'
import { constantName } from '../../src/generate/rules-table.ts'
import type { OtherTool, ParamSchema, Rule } from '../../src/model/rule.ts'
import { defaultParams } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { workloadKinds } from '../../src/workloads/index.ts'
import { validators } from '../../src/workloads/shape.generated.ts'
import { fixtureFiles, fixtureFolders } from './read-fixture.ts'

const root = join(import.meta.dirname, '..', '..')
const ids = rules.map(({ id }) => id)
const files = readdirSync(join(root, 'src/rules')).filter((file) => file !== 'index.ts')
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true, formats: { regex: true } })

function paramsOf(rule: Rule): [string, ParamSchema][] {
  return Object.entries(rule.params.properties as Record<string, ParamSchema>)
}

/** A param and all that are inside of it, by their dotted names. */
function withParts(name: string, schema: ParamSchema): [string, ParamSchema][] {
  const parts: Readonly<Record<string, ParamSchema>> =
    'properties' in schema
      ? schema.properties
      : 'additionalProperties' in schema
        ? { NAME: schema.additionalProperties }
        : {}
  return [[name, schema], ...Object.entries(parts).flatMap(([part, inner]) => withParts(`${name}.${part}`, inner))]
}

t.test('the table has each rule once, sorted by id', (t) => {
  t.strictSame(ids, [...new Set(ids)].sort())
  t.end()
})

t.test('one id names the file, the constant and the rule', async (t) => {
  t.strictSame(
    files.sort(),
    ids.map((id) => `${id}.ts`),
    'each file is in the table, each row has a file',
  )
  for (const file of files) {
    const module = (await import(join(root, 'src/rules', file))) as Record<string, unknown>
    const id = file.replace(/\.ts$/, '')
    t.strictSame(Object.keys(module), [constantName(id)], `${file} exports its rule and nothing else`)
    t.equal((module[constantName(id)] as Rule).id, id)
    t.equal(
      module[constantName(id)],
      rules.find((rule) => rule.id === id),
      `${id} is what the table holds`,
    )
  }
})

t.test('an id is kebab-case with a verb in front', (t) => {
  for (const id of ids) t.match(id, /^(require|disallow|limit)(-[a-z]+)+$/)
  t.end()
})

t.test('texts are sentences: the good, the outage, the way out', (t) => {
  for (const { id, title, why, remedy } of rules) {
    t.match(title, /^[A-Z].*[^.]$/, `${id}: the title is a statement without a period`)
    t.match(why, /^[A-Z].*\.$/, `${id}: the why ends in a period`)
    t.match(remedy, /^[A-Z].*\.$/, `${id}: the remedy ends in a period`)
    for (const text of [title, why, remedy]) {
      t.match(text, /^[\x20-\x7e]{20,}$/, `${id}: printable ASCII, and more than a word`)
      t.notOk(text.startsWith(unwritten), `${id}: the template's text has been replaced`)
    }
  }
  t.end()
})

t.test('params have a closed schema, described, with defaults that it accepts', (t) => {
  for (const rule of rules) {
    t.equal(rule.params.additionalProperties, false)
    const validate = ajv.compile(rule.params)
    t.ok(validate(defaultParams(rule)), `${rule.id}: defaults: ${ajv.errorsText(validate.errors)}`)
    t.ok(validate({ ...defaultParams(rule), ...rule.recommendedParams }), `${rule.id}: params of recommended`)
    t.notOk(validate({ ...defaultParams(rule), unheardOf: 1 }), `${rule.id}: what it does not know is an error`)
    for (const [name] of paramsOf(rule)) {
      t.notOk(validate({ [name]: { wrong: 'type' } }), `${rule.id}: ${name} has a type`)
    }
    for (const [name, schema] of paramsOf(rule).flatMap(([own, param]) => withParts(own, param))) {
      t.match(schema.description, /^[A-Z].*\.$/, `${rule.id}: ${name} is described by a sentence`)
      t.notOk(schema.description.startsWith(unwritten), `${rule.id}: ${name}: the template's text has been replaced`)
      if ('properties' in schema) t.equal(schema.additionalProperties, false, `${rule.id}: ${name} is closed`)
      if (/\.\w+$/.test(name))
        t.equal(schema.default, undefined, `${rule.id}: ${name}: only a whole param has a default`)
    }
  }
  t.end()
})

t.test('a rule judges, needs and looks at kinds whose shape is checked when they come in', (t) => {
  for (const rule of rules) {
    const { id, judges, needs, uses, affectedBy } = rule
    const kinds = [...kindsJudgedBy(rule), ...needs, ...uses, ...affectedBy]
    for (const kind of kinds) t.ok(Object.hasOwn(validators(), kind), `${id}: ${kind}`)
    t.notOk(judges !== 'workload' && workloadKinds.includes(judges), `${id}: workloads are judged as such`)
  }
  t.end()
})

t.test('what a preset enforces is never stricter outside production than in strict', (t) => {
  const rank = { off: 0, audit: 1, warn: 2, deny: 3 }
  for (const { id, presets } of rules) {
    for (const column of ['production', 'staging', 'development'] as const) {
      t.ok(rank[presets[column]] <= rank[presets.strict], `${id}: ${column}`)
    }
    t.not(presets.strict, 'off', `${id} is part of strict`)
  }
  t.end()
})

/** How the tools spell the ids of their checks; a Gatekeeper template is named for its kind, in small letters. */
const spelling = {
  'kube-linter': /^[a-z]+(-[a-z]+)+$/,
  'kube-score': /^[a-z]+(-[a-z]+)+$/,
  polaris: /^[a-z]+([A-Z][a-z]*)+$/,
  'gatekeeper-library': /^k8s[a-z]+$/,
  kyverno: /^[a-z]+(-[a-z]+)+$/,
} as const

t.test('checks of other tools are given by the ids that these tools report', (t) => {
  for (const { id, alike } of rules) {
    for (const [tool, checks] of Object.entries(alike)) {
      t.not(checks.length, 0, `${id}: ${tool}`)
      for (const check of checks) t.match(check, spelling[tool as OtherTool], `${id}: ${tool}: ${check}`)
    }
  }
  t.end()
})

t.test('each rule has a plain example of a pass and of a fail', (t) => {
  for (const id of ids) {
    const names = fixtureFiles(id).map((path) => basename(path))
    t.ok(names.includes('pass.yaml') && names.includes('fail.yaml'), id)
  }
  t.end()
})

t.test('no folder of fixtures and no reference page without its rule', (t) => {
  t.strictSame(fixtureFolders().sort(), ids)
  const pages = readdirSync(join(root, 'policies/reference')).sort()
  t.strictSame(pages, [...ids, exemptionRule.id, 'README'].map((name) => `${name}.md`).sort())
  t.end()
})
