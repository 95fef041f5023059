import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { loadAll } from 'js-yaml'
import { changeOf } from '../../src/engine/change.ts'
import { fixClasses } from '../../src/engine/fix-class.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { EnabledRule, Policy } from '../../src/model/policy.ts'
import type { RequestInfo } from '../../src/model/request.ts'
import type { Rule } from '../../src/model/rule.ts'
import type { World } from '../../src/model/world.ts'
import { defaultParams } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'

/** The `case:` document; see README.md. */
interface CaseDocument {
  readonly params?: object
  readonly environment?: string
  readonly now?: string
  readonly complete?: boolean
  readonly user?: string
  readonly fieldManager?: string
}

export interface Fixture {
  readonly rule: Rule
  readonly file: string
  readonly status: string
  /** The comment on top. */
  readonly title: string
  readonly object: KubeObject
  /** With a policy of all rules, those whose fix the webhook may apply on `override`. */
  readonly world: World
}

export const fixturesRoot = join(import.meta.dirname)
const defaultNow = '2026-11-01T00:00:00Z'
const keysOfCase = ['params', 'environment', 'now', 'complete', 'user', 'fieldManager']

/** Folders of fixtures, by rule id; `healthy` holds fixtures of every rule. */
export function fixtureFolders(): string[] {
  return readdirSync(fixturesRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'healthy')
    .map(({ name }) => name)
}

/** Fixture files of a rule, snapshots and reasons excepted. */
export function fixtureFiles(id: string): string[] {
  return readdirSync(join(fixturesRoot, id))
    .filter((file) => file.endsWith('.yaml') && file !== 'reasons.yaml')
    .map((file) => join(fixturesRoot, id, file))
}

/** The policy's row of a rule, with its params' defaults. */
export function enabled(rule: Rule, params: object = {}): EnabledRule {
  const fix = fixClasses[rule.fix].admission ? 'override' : 'off'
  return { rule, enforcement: 'deny', fix, params: { ...defaultParams(rule), ...params } }
}

/** A policy for everything that nobody may bypass. */
export function policyOf(enabledRules: readonly EnabledRule[], more: Partial<Policy> = {}): Policy {
  const ids = enabledRules.map(({ rule }) => rule.id)
  return {
    name: 'fixture',
    match: {},
    fallback: false,
    failurePolicy: 'Fail',
    rules: enabledRules,
    off: rules.map(({ id }) => id).filter((id) => !ids.includes(id)),
    exemptions: { locked: [], maxDays: 90 },
    bypass: { controllers: [], users: [], groups: [] },
    ...more,
  }
}

function requestOf(
  options: CaseDocument,
  object: KubeObject,
  old: KubeObject | undefined,
  around: World['view'],
): RequestInfo {
  const { user = 'alice', fieldManager } = options
  return {
    operation: old ? 'UPDATE' : 'CREATE',
    user: { username: user, groups: [] },
    change: old ? changeOf(old, object, around) : 'create',
    ...(old ? { oldObject: old } : {}),
    ...(fieldManager === undefined ? {} : { fieldManager }),
  }
}

/** The comment on top of a fixture, as one line. */
export function titleOf(text: string): string {
  const comment = /^(?:#.*\n)+/.exec(text)?.[0] ?? ''
  return comment.replaceAll(/^# ?/gm, '').replaceAll('\n', ' ').trim()
}

function only(document: object, key: string): unknown {
  const keys = Object.keys(document)
  return keys.length === 1 && keys[0] === key ? (document as Record<string, unknown>)[key] : undefined
}

interface Parts {
  readonly options: CaseDocument
  readonly old: KubeObject | undefined
  readonly object: KubeObject
  readonly companions: readonly KubeObject[]
}

function partsOf(text: string, path: string): Parts {
  const documents = loadAll(text) as object[]
  const options = (documents.map((document) => only(document, 'case')).find(Boolean) ?? {}) as CaseDocument
  const unknown = Object.keys(options).filter((key) => !keysOfCase.includes(key))
  if (unknown.length > 0) throw new Error(`${path}: unknown in case: ${unknown.join(', ')}`)
  const old = documents.map((document) => only(document, 'old')).find(Boolean) as KubeObject | undefined
  const [object, ...companions] = documents.filter((document) => Object.hasOwn(document, 'kind')) as KubeObject[]
  if (object === undefined) throw new Error(`${path}: has no object`)
  return { options, old, object, companions }
}

function worldOf({ options, old, object, companions }: Parts, rule: Rule): World {
  const isRequest = old !== undefined || options.user !== undefined
  const self = isRequest ? (old ?? []) : object
  const view = viewOf([self, companions].flat(), { everything: options.complete === true })
  const rows = rules.map((other) => enabled(other, other === rule ? options.params : {}))
  const { environment } = options
  return {
    policies: [policyOf(rows, environment === undefined ? {} : { environment })],
    view,
    now: Date.parse(options.now ?? defaultNow),
    defaulted: isRequest,
    ...(isRequest ? { request: requestOf(options, object, old, view) } : {}),
  }
}

/** Reads a fixture as README.md describes it; throws where it is none. */
export function readFixture(rule: Rule, path: string): Fixture {
  const text = readFileSync(path, 'utf8')
  const file = basename(path)
  const parts = partsOf(text, path)
  return {
    rule,
    file,
    status: file.split('.')[0] ?? '',
    title: titleOf(text),
    object: parts.object,
    world: worldOf(parts, rule),
  }
}

/** The fixture's world with a policy of the one rule only. */
export function worldOfOne({ rule, world }: Fixture): World {
  return {
    ...world,
    policies: world.policies.map((policy) => ({ ...policy, rules: policy.rules.filter((row) => row.rule === rule) })),
  }
}
