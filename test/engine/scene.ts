import { fixClasses } from '../../src/engine/fix-class.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { EnabledRule, FixMode, Policy } from '../../src/model/policy.ts'
import type { ChangeKind, RequestInfo } from '../../src/model/request.ts'
import type { CheckResult, KindRule, RuleContext, WorkloadRule } from '../../src/model/rule.ts'
import type { Workload } from '../../src/model/workload.ts'
import type { World } from '../../src/model/world.ts'
import { presetEntry } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'

export const now = Date.parse('2026-11-01T12:00:00Z')

const facts = {
  title: 'The rule of a test holds',
  why: 'It prevents that the engine is wrong.',
  remedy: 'Repair the engine.',
  category: 'availability',
  severity: 'high',
  affectedBy: [],
  needs: [],
  uses: [],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'deny', staging: 'deny', development: 'deny' },
  fix: 'safe',
  about: 'state',
  demandedBy: [],
  alike: {},
} as const

type Check = (workload: Workload, context: RuleContext<object>) => CheckResult

/** A rule on workloads that answers what a test wants. */
export function ruleOf(id: string, check: Check, more: Partial<WorkloadRule> = {}): WorkloadRule {
  return { ...facts, id, judges: 'workload', check, ...more }
}

/** A rule on another kind. */
export function kindRuleOf(
  id: string,
  judges: KindRule['judges'],
  check: KindRule['check'],
  more: Partial<KindRule> = {},
): KindRule {
  return { ...facts, id, judges, check, ...more }
}

/** Every rule by the params of `strict`; all that the webhook may repair it repairs in this mode. */
export function strictRows(mode: FixMode): EnabledRule[] {
  return rules.map((rule) => {
    const fix = fixClasses[rule.fix].admission ? mode : 'off'
    return { rule, enforcement: 'deny', fix, params: presetEntry(rule, 'strict').params }
  })
}

/** Fails with one finding on every workload. */
export const alwaysFails = (id: string, path = '/spec/replicas') => ruleOf(id, () => [{ message: 'it is wrong', path }])

export function row(rule: EnabledRule['rule'], more: Partial<EnabledRule> = {}): EnabledRule {
  return { rule, enforcement: 'deny', fix: 'absent', params: {}, ...more }
}

export function policy(rows: readonly EnabledRule[], more: Partial<Policy> = {}): Policy {
  return {
    name: 'test',
    match: {},
    fallback: false,
    failurePolicy: 'Fail',
    rules: rows,
    off: [],
    exemptions: { locked: [], maxDays: 90 },
    bypass: { controllers: [], users: [], groups: [] },
    ...more,
  }
}

export interface DeploymentParts {
  readonly metadata?: object
  readonly spec?: object
  readonly template?: object
  readonly pod?: object
  readonly containers?: readonly object[]
}

export const webContainer = { name: 'web', image: 'shop/web:1.5.0' }

export function deployment({
  metadata,
  spec,
  template,
  pod,
  containers = [webContainer],
}: DeploymentParts = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers, ...pod }, ...template },
      ...spec,
    },
  }
}

export const alice = { username: 'alice', groups: ['dev'] }

export function request(more: Partial<RequestInfo> = {}): RequestInfo {
  return { operation: 'CREATE', user: alice, change: 'create', ...more }
}

export function update(
  oldObject: KubeObject,
  change: ChangeKind = 'template',
  more: Partial<RequestInfo> = {},
): RequestInfo {
  return request({ operation: 'UPDATE', oldObject, change, ...more })
}

/** A world with one policy of these rules; what else a test needs replaces its parts. */
export function world(policies: readonly Policy[], more: Partial<World> = {}): World {
  return { policies, view: viewOf([]), now, defaulted: more.request !== undefined, ...more }
}
