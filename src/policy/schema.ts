import { fixClasses } from '../engine/fix-class.ts'
import { kindsJudgedBy } from '../engine/subject.ts'
import { kindOf } from '../kube/group-kind.ts'
import type { FixMode } from '../model/policy.ts'
import type { Rule } from '../model/rule.ts'

const names = { type: 'array', items: { type: 'string', minLength: 1 } } as const
const enforcement = {
  enum: ['deny', 'warn', 'audit', 'off'],
  description: 'What a finding means: refuse, tell, only report, or do not look.',
} as const
/** YAML 1.1 readers turn a bare date into a timestamp; both spellings are the start of that day in UTC. */
const date = {
  type: 'string',
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T00:00:00Z)?$',
  title: 'a date, YYYY-MM-DD',
} as const

/** JSON schema's object: closed, so that a typing error is an error. */
function closed(properties: object, required: readonly string[] = []): object {
  return { type: 'object', additionalProperties: false, properties, ...(required.length > 0 ? { required } : {}) }
}

const labelSelector = closed({
  matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
  matchExpressions: {
    type: 'array',
    items: {
      ...closed(
        { key: { type: 'string' }, operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] }, values: names },
        ['key', 'operator'],
      ),
      if: { properties: { operator: { enum: ['In', 'NotIn'] } } },
      then: { properties: { values: { minItems: 1 } }, required: ['values'] },
    },
  },
})

/** The kinds that some rule judges, without their groups: a policy for another one would say nothing of anything. */
function kindsOf(rules: readonly Rule[]): string[] {
  return [...new Set(rules.flatMap(kindsJudgedBy).map(kindOf))]
}

function matchParts(rules: readonly Rule[]): object {
  return {
    namespaces: { ...names, minItems: 1, description: 'Names and globs.' },
    namespaceSelector: { $ref: '#/definitions/labelSelector' },
    objectSelector: { $ref: '#/definitions/labelSelector' },
    kinds: { type: 'array', items: { enum: kindsOf(rules) }, minItems: 1, description: 'e.g. Deployment.' },
  }
}

/** What can be said of any rule: its enforcement as a word, or more in an object. The params are each rule's own. */
function settingsOfRule(fixModes: readonly FixMode[]): object {
  const long = closed({
    enforcement: { $ref: '#/definitions/enforcement' },
    fix: {
      enum: fixModes,
      description: 'Whether the webhook repairs it: never, where the author chose nothing, or always.',
    },
    enforceAfter: {
      ...date,
      description: 'Until then `deny` is `warn`; from then on findings of the old object count, too.',
    },
    params: {},
  })
  const title = `${enforcement.enum.join(', ')}, or an object`
  return { if: { type: 'string' }, then: { $ref: '#/definitions/enforcement' }, else: { ...long, title } }
}

/** Definitions keep the validator small: ajv writes once what is referred to. */
const definitions = {
  labelSelector,
  enforcement,
  repairableRule: settingsOfRule(['off', 'absent', 'override']),
  otherRule: settingsOfRule(['off']),
}

function ruleSchema({ title, fix, params }: Rule): object {
  const settings: keyof typeof definitions = fixClasses[fix].admission ? 'repairableRule' : 'otherRule'
  return { description: `${title}.`, allOf: [{ $ref: `#/definitions/${settings}` }], properties: { params } }
}

function settingsSchema(ids: readonly string[]) {
  return {
    extends: {
      enum: ['strict', 'recommended'],
      description: 'The preset whose rules hold where this file says nothing.',
    },
    environment: {
      type: 'string',
      minLength: 1,
      description: 'production, staging, development, or a name that `environments` maps.',
    },
    environments: {
      type: 'object',
      additionalProperties: { enum: ['production', 'staging', 'development'] },
      description: 'What other names of environments mean to the preset `recommended`.',
    },
    fallback: { type: 'boolean', description: 'For what no other policy matches.' },
    failurePolicy: { enum: ['Fail', 'Ignore'], description: 'What it means for a request that it cannot be judged.' },
    exemptions: closed({
      locked: {
        type: 'array',
        items: { enum: ids, title: 'a rule of `evenkeel rules`' },
        description: 'Rules nobody may exempt from.',
      },
      maxDays: { type: 'integer', minimum: 1, description: 'The longest exemption, in days.' },
    }),
  }
}

const bypass = closed({
  controllers: {
    ...names,
    description:
      'Users that are never refused on Argo Rollouts and on objects that another object controls, instead of the accounts of Argo Rollouts, Flagger and KEDA where their own documents install them. Name the namespace: in a glob anybody may have an account.',
  },
  users: {
    ...names,
    description:
      'Users that are never refused if the object says why (annotation evenkeel.dev/bypass-reason, a new one for each change).',
  },
  groups: { ...names, description: 'The same for groups.' },
})

/** The schema of a RolloutPolicy file, assembled from every rule's params; also what editors read. */
export function policySchema(rules: readonly Rule[]): object {
  const entries = Object.fromEntries(rules.map((rule) => [rule.id, ruleSchema(rule)]))
  const parts = matchParts(rules)
  const spec = closed({
    ...settingsSchema(rules.map(({ id }) => id)),
    match: closed({ ...parts, exclude: { ...closed(parts), minProperties: 1 } }),
    rules: closed(entries),
    bypass,
  })
  const file = {
    apiVersion: { enum: ['evenkeel.dev/v1alpha1'] },
    kind: { enum: ['RolloutPolicy'] },
    metadata: { type: 'object', properties: { name: { type: 'string', minLength: 1 } }, required: ['name'] },
    spec,
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'RolloutPolicy',
    definitions,
    ...closed(file, ['apiVersion', 'kind', 'metadata', 'spec']),
  }
}
