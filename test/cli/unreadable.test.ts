import t from 'tap'
import type { ReviewRequest } from '../../src/admission/reviewer.ts'
import { createReviewer, failurePolicyFor } from '../../src/cli/webhook/reviewer.ts'
import type { KubeObject } from '../../src/model/object.ts'
import { enable } from '../../src/policy/enable.ts'
import type { RuleEntry } from '../../src/policy/policy-file.ts'
import { presetFile } from '../../src/policy/presets.ts'
import { rules as allRules } from '../../src/rules/index.ts'
import { readable } from '../../src/workloads/readable.ts'
import * as manifests from '../e2e/manifests.ts'

const policies = [enable(presetFile('strict'), allRules)]
const now = Date.parse('2026-11-21T12:00:00Z')
const reviewer = createReviewer({ policies: () => policies, now: () => now })

/** An Argo Rollout that breaks what it can; the CRD takes numbers and strings of every kind. */
function rollout(canary: object, spec: object = {}): KubeObject {
  const plain = manifests.rollout({ name: 'web', ...manifests.bare, rollingUpdate: canary }) as unknown as KubeObject
  return { ...plain, spec: { ...(plain['spec'] as object), ...spec } }
}

function write(object: KubeObject, oldObject?: KubeObject): ReviewRequest {
  return {
    uid: 'u',
    operation: oldObject === undefined ? 'CREATE' : 'UPDATE',
    kind: { group: 'argoproj.io', version: 'v1alpha1', kind: object.kind },
    subResource: '',
    namespace: 'shop',
    name: 'web',
    user: { username: 'alice', groups: [] },
    dryRun: false,
    object,
    oldObject,
    fieldManager: 'kubectl-patch',
  }
}

t.test('what a custom resource may hold and no rule can read is told by field, and its failure policy decides', (t) => {
  const containers = Array.from({ length: 501 }, (_, i) => ({ name: `c${i}`, image: 'app:1' }))
  const crowd = {
    ...rollout({}),
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    spec: { template: { spec: { containers } } },
  }
  const cases: readonly [KubeObject, RegExp][] = [
    [rollout({ maxSurge: '1' }), /^spec\.strategy\.canary\.maxSurge must /],
    [rollout({ maxSurge: '12.5%' }), /^spec\.strategy\.canary\.maxSurge must /],
    [rollout({}, { minReadySeconds: -1 }), /^spec\.minReadySeconds must /],
    [rollout({}, { revisionHistoryLimit: -1 }), /^spec\.revisionHistoryLimit must /],
    [crowd, /^spec\.template\.spec\.containers must .*500/],
  ]
  for (const [object, complaint] of cases) {
    t.match(reviewer.validate(write(object)), { complaint })
    t.strictSame(reviewer.mutate(write(object)).operations, [])
    t.equal(failurePolicyFor(write(object), policies, now), 'Fail')
  }
  t.end()
})

t.test('where no policy is meant for it, nobody asks', (t) => {
  const elsewhere = policies.map((policy) => ({ ...policy, match: { namespaces: ['bank'] } }))
  const other = createReviewer({ policies: () => elsewhere, now: () => 0 })
  t.match(other.validate(write(rollout({ maxSurge: '1' }))), { decision: 'admit', warnings: [] })
  t.end()
})

t.test('a policy that denies nothing of the kind, or not yet, refuses nothing that cannot be read', (t) => {
  const failing = (rules: Readonly<Record<string, RuleEntry>>) =>
    failurePolicyFor(
      write(rollout({ maxSurge: '12.5%' })),
      [enable({ metadata: { name: 'watch' }, spec: { rules } }, allRules)],
      now,
    )
  const watched = { 'limit-max-unavailable': 'warn', 'require-pre-stop-hook': 'audit' } as const
  const from = (enforceAfter: string) =>
    ({ ...watched, 'limit-max-surge': { enforcement: 'deny', enforceAfter } }) as const
  t.equal(failing(watched), 'Ignore')
  t.equal(failing({ ...watched, 'disallow-blocking-disruption-budget': 'deny' }), 'Ignore', 'which is for budgets')
  t.equal(failing(from('2026-11-22')), 'Ignore', 'until then it only warns')
  t.equal(failing(from('2026-11-21')), 'Fail')
  t.end()
})

t.test('the repair passes: faults that the rest of the old object had are still known', (t) => {
  const repairs: readonly [KubeObject, KubeObject][] = [
    [rollout({ maxSurge: '1' }), rollout({ maxSurge: 1 })],
    [rollout({ maxSurge: '1', maxUnavailable: '25%' }), rollout({ maxSurge: '25%', maxUnavailable: '25%' })],
    [rollout({}, { revisionHistoryLimit: -1 }), rollout({}, { revisionHistoryLimit: 10 })],
  ]
  for (const [before, after] of repairs) {
    const outcome = reviewer.validate(write(after, before))
    t.match(outcome, { decision: 'warn', ruleErrors: [], change: 'settings' })
    t.doesNotThrow(() => reviewer.mutate(write(after, before)))
  }
  const [broken, other] = [rollout({ maxSurge: '1', maxUnavailable: 0 }), rollout({ maxSurge: 1, maxUnavailable: 3 })]
  t.match(reviewer.validate(write(other, broken)), { decision: 'deny' }, 'a new fault beside the repair is refused')
  t.end()
})

t.test('while it cannot be read, what is never refused passes, and a new template does not', (t) => {
  const before = rollout({ maxSurge: '1' })
  const policyOf = (after: KubeObject) => failurePolicyFor(write(after, before), policies, now)
  t.equal(policyOf(rollout({ maxSurge: '1' }, { replicas: 9 })), 'Ignore', 'scaled')
  t.equal(policyOf(rollout({ maxSurge: '1' }, { paused: true })), 'Ignore', 'paused')
  t.equal(policyOf({ ...before, metadata: { name: 'web', labels: { team: 'shop' } } }), 'Ignore', 'labelled')
  t.equal(policyOf(rollout({ maxSurge: '1' }, { template: {} })), 'Fail')
  t.equal(policyOf(rollout({ maxSurge: '2' })), 'Fail')
  const leaving = { ...before, metadata: { name: 'web', deletionTimestamp: '2026-11-21T12:00:00Z' } }
  const stripped = rollout({ maxSurge: '1' }, { template: {} })
  t.equal(failurePolicyFor(write(stripped, leaving), policies, now), 'Ignore', 'on its way out')
  t.end()
})

t.test('what can be read of an object is all of it but the values of wrong types', (t) => {
  const whole = rollout({ maxSurge: 1 })
  t.equal(readable(whole), whole)
  t.strictSame(
    readable(rollout({ maxSurge: '1', maxUnavailable: 1 }, { minReadySeconds: -1 })),
    rollout({ maxUnavailable: 1 }),
  )
  const { spec, ...rest } = whole
  t.equal(readable({ ...rest, spec: 7 }), undefined)
  t.equal(
    readable({ ...whole, spec: { ...(spec as object), template: { spec: { containers: Array(40).fill(7) } } } }),
    undefined,
  )
  t.end()
})
