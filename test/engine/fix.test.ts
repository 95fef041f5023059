import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { changeOf } from '../../src/engine/change.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import type { Purpose } from '../../src/engine/fix-class.ts'
import { join, valueAt } from '../../src/kube/pointer.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { Operation } from '../../src/model/finding.ts'
import type { Json, KubeObject } from '../../src/model/object.ts'
import type { EnabledRule, FixMode } from '../../src/model/policy.ts'
import type { ChangeKind } from '../../src/model/request.ts'
import type { World } from '../../src/model/world.ts'
import { presetEntry } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { appliedNew, appliedOver } from './applied-over.ts'
import { alwaysFails, deployment, policy, request, row, ruleOf, update, webContainer, world } from './scene.ts'

const pathsOf = (operations: readonly Operation[]) => operations.map(({ path }) => path)
const strict = (mode?: FixMode): EnabledRule[] =>
  rules.map((rule) => {
    const { fix: preset, params } = presetEntry(rule, 'strict')
    return { rule, enforcement: 'deny', fix: preset === 'off' ? 'off' : (mode ?? 'absent'), params }
  })
const oneRule = (id: string, more: Partial<EnabledRule> = {}) =>
  strict()
    .filter(({ rule }) => rule.id === id)
    .map((enabled) => ({ ...enabled, ...more }))
const wants = (value: Json, path = '/spec/minReadySeconds', more = {}) =>
  ruleOf(
    'require-wait',
    ({ object }) =>
      isDeepStrictEqual(valueAt(object, path), value)
        ? []
        : [{ message: 'wait', path, fix: [{ op: 'add', path, value }] }],
    more,
  )

t.test('the webhook fixes what nobody chose, and more only when it is told to', (t) => {
  const chosen = deployment({ spec: { minReadySeconds: 1 } })
  const done = (object: KubeObject, mode: FixMode, more = {}) =>
    pathsOf(fix(object, world([policy([row(wants(5, undefined, more), { fix: mode })])]), 'admission').operations)
  t.strictSame(done(deployment(), 'absent'), ['/spec/minReadySeconds'])
  t.strictSame(
    done(deployment({ spec: { minReadySeconds: null } }), 'absent'),
    ['/spec/minReadySeconds'],
    'null is no choice',
  )
  t.strictSame(done(chosen, 'absent'), [])
  t.strictSame(done(chosen, 'override'), ['/spec/minReadySeconds'])
  t.strictSame(done(deployment(), 'off'), [])
  t.strictSame(done(deployment(), 'absent', { fix: 'opt-in' }), ['/spec/minReadySeconds'], 'a policy opts in')
  t.strictSame(done(deployment(), 'absent', { fix: 'admission' }), ['/spec/minReadySeconds'])
  t.strictSame(done(deployment(), 'override', { fix: 'offer' }), [], 'never by itself')
  t.end()
})

t.test(
  'numbers of probes are fixed like any other field: as the policy says, and never to half of what fits together',
  (t) => {
    const profiles = {
      calm: {
        names: ['web'],
        startupProbe: { initialDelaySeconds: 60, failureThreshold: 90 },
        readinessProbe: { periodSeconds: 5, timeoutSeconds: 3 },
      },
    }
    const fixed = (probes: object, mode: FixMode, purpose: Purpose = 'admission') => {
      const pod = { containers: [{ ...webContainer, ...probes }] }
      const metadata = { name: 'web', annotations: { 'evenkeel.dev/profile': 'calm' } }
      const object = deployment({ metadata, spec: { template: { spec: pod } } })
      const rows = oneRule('limit-probe-timing', { fix: mode, params: { containers: 'all', profiles, select: {} } })
      const { operations } = fix(object, world([policy(rows)]), purpose)
      return Object.fromEntries(
        operations.map((operation) => [
          operation.path.split('/').slice(-2).join('/'),
          'value' in operation && operation.value,
        ]),
      )
    }
    const httpGet = { path: '/ready', port: 8080 }
    const ready = { readinessProbe: { httpGet, periodSeconds: 2 } }
    const both = { 'readinessProbe/periodSeconds': 5, 'readinessProbe/timeoutSeconds': 3 }
    t.strictSame(fixed(ready, 'absent'), {}, 'a timeout of 3s does not go with the period that its author wrote')
    t.strictSame(fixed(ready, 'override'), both)
    t.strictSame(fixed(ready, 'off', 'offer'), both, 'the command line proposes what it proposes for other fields')
    const start = { startupProbe: { httpGet, failureThreshold: 30 } }
    t.strictSame(
      fixed(start, 'absent'),
      { 'startupProbe/initialDelaySeconds': 60 },
      'no deadline for what is not changed',
    )
    t.strictSame(fixed(start, 'override'), {
      'startupProbe/initialDelaySeconds': 60,
      'startupProbe/failureThreshold': 90,
      'spec/progressDeadlineSeconds': 1020,
    })
    t.end()
  },
)

t.test(
  'the command line offers every fix but those that only a request can make, the webhook makes those it is let',
  (t) => {
    const made = (fixClass: string, mode: FixMode, purpose: Purpose) =>
      fix(
        deployment({ spec: { minReadySeconds: 1 } }),
        world([policy([row(wants(5, undefined, { fix: fixClass }), { fix: mode })])]),
        purpose,
      ).operations.length
    const classes = ['safe', 'opt-in', 'offer', 'admission', 'none']
    t.strictSame(
      classes.map((each) => made(each, 'off', 'offer')),
      [1, 1, 1, 0, 0],
    )
    t.strictSame(
      classes.map((each) => made(each, 'override', 'admission')),
      [1, 1, 0, 1, 0],
    )
    t.end()
  },
)

t.test('each operation has an owner, missing parents are added once', (t) => {
  const first = ruleOf('a-first', () => [
    {
      message: 'x',
      path: '/spec/strategy',
      fix: [{ op: 'add', path: '/spec/strategy/rollingUpdate/maxSurge', value: 1 }],
    },
  ])
  const second = ruleOf('b-second', () => [
    {
      message: 'x',
      path: '/spec/strategy',
      fix: [{ op: 'add', path: '/spec/strategy/rollingUpdate/maxUnavailable', value: 0 }],
    },
  ])
  const fixed = fix(
    deployment(),
    world([policy([row(first)], { name: 'one' }), policy([row(second)], { name: 'two' })]),
    'admission',
  )
  t.strictSame(pathsOf(fixed.operations), [
    '/spec/strategy',
    '/spec/strategy/rollingUpdate',
    '/spec/strategy/rollingUpdate/maxSurge',
    '/spec/strategy/rollingUpdate/maxUnavailable',
  ])
  t.strictSame(
    fixed.applied.map(({ policy: name, rule, operations }) => [name, rule, operations.length]),
    [
      ['one', 'a-first', 3],
      ['two', 'b-second', 1],
    ],
  )
  t.strictSame(valueAt(fixed.object, '/spec/strategy'), { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } })
  t.end()
})

t.test('a fix can call for another: a hook for more grace', (t) => {
  const rows = [
    ...oneRule('limit-termination-budget', { params: { marginSeconds: 30 } }),
    ...oneRule('require-pre-stop-hook', { params: { containers: 'all', minSeconds: 20 } }),
  ]
  const fixed = fix(deployment(), world([policy(rows)]), 'admission')
  t.equal(valueAt(fixed.object, '/spec/template/spec/terminationGracePeriodSeconds'), 50)
  t.strictSame(valueAt(fixed.object, '/spec/template/spec/containers/0/lifecycle'), {
    preStop: { sleep: { seconds: 20 } },
  })
  t.equal(evaluate(fixed.object, world([policy(rows)])).decision, 'admit')
  t.end()
})

t.test('rules that ask for different surges come to an end that satisfies both', (t) => {
  const rows = [...oneRule('limit-max-surge', { params: { min: 2 } }), ...oneRule('limit-max-unavailable')]
  for (const defaulted of [true, false]) {
    const fixed = fix(deployment({ spec: { replicas: 4 } }), world([policy(rows)], { defaulted }), 'admission')
    t.strictSame(valueAt(fixed.object, '/spec/strategy/rollingUpdate'), { maxSurge: 2, maxUnavailable: 0 })
    t.equal(evaluate(fixed.object, world([policy(rows)], { defaulted })).decision, 'admit')
  }
  t.end()
})

t.test('rules that want opposite things end, too', (t) => {
  const rows = [row({ ...wants(1), id: 'require-one' }), row({ ...wants(2), id: 'require-two' })]
  const fixed = fix(deployment(), world([policy(rows)]), 'admission')
  t.ok(fixed.operations.length <= 8, `${fixed.operations.length} operations`)
  t.end()
})

t.test('what passes only by luck is written down where nobody chose', (t) => {
  const rows = oneRule('limit-max-unavailable')
  const three = deployment({ spec: { replicas: 3 } })
  const settled = fix(three, world([policy(rows)]), 'admission')
  t.strictSame(valueAt(settled.object, '/spec/strategy/rollingUpdate'), { maxUnavailable: 0, maxSurge: 1 })
  t.equal(evaluate(three, world([policy(rows)])).results[0]?.status, 'pass')
  t.strictSame(fix(settled.object, world([policy(rows)]), 'admission').operations, [])
  t.strictSame(
    fix(three, world([policy(rows)]), 'offer').operations,
    [],
    'a file in which nothing is found stays as it is',
  )
  const chosen = deployment({ spec: { replicas: 3, strategy: { rollingUpdate: { maxUnavailable: '25%' } } } })
  t.strictSame(fix(chosen, world([policy(rows)]), 'admission').operations, [], 'somebody chose 25 %')
  t.end()
})

t.test('what is exempt, waived, or not surely meant is left alone', (t) => {
  const rows = [row(wants(5))]
  const count = (object: KubeObject, more: Partial<World> = {}, policyMore = {}) =>
    fix(object, world([policy(rows, policyMore)], more), 'admission').operations.length
  t.equal(count(deployment()), 1)
  t.equal(
    count(
      deployment({ metadata: { annotations: { 'exempt.evenkeel.dev/require-wait': 'until=2026-12-01 reason=x' } } }),
    ),
    0,
  )
  t.equal(
    count(
      deployment({ metadata: { annotations: { 'exempt.evenkeel.dev/require-wait': 'until=2026-10-01 reason=x' } } }),
    ),
    1,
    'an exemption that expired',
  )
  t.equal(
    count(deployment(), {}, { match: { namespaceSelector: { matchLabels: { env: 'x' } } } }),
    0,
    'its namespace may be another',
  )
  t.equal(count(deployment(), {}, { match: { namespaces: ['office'] } }), 0)
  for (const change of ['none', 'scale', 'pause', 'restart', 'rollback'] as const) {
    t.equal(count(deployment(), { request: update(deployment({ spec: { replicas: 1 } }), change) }), 0, change)
  }
  t.equal(count(deployment(), { request: update(deployment({ spec: { paused: true } }), 'settings') }), 1)
  t.equal(
    count(deployment(), {
      request: request({ user: { username: 'system:serviceaccount:kube-system:deployment-controller', groups: [] } }),
    }),
    0,
  )
  t.end()
})

t.test('an update that leaves the template alone never has it touched', (t) => {
  const rows = [row(wants(60, '/spec/template/spec/terminationGracePeriodSeconds'))]
  const before = deployment({ spec: { paused: true } })
  const operations = (change: 'settings' | 'template') =>
    fix(deployment(), world([policy(rows)], { request: update(before, change) }), 'admission').operations.length
  t.equal(operations('settings'), 0)
  t.equal(operations('template'), 1)
  t.end()
})

t.test('a rule that fails to judge repairs nothing, and the others go on', (t) => {
  const fail = () => {
    throw new Error('x')
  }
  const bugs = [ruleOf('disallow-bug', fail), ruleOf('disallow-bug', () => [], { settle: fail })]
  for (const bug of bugs) {
    const rows = [row(bug), row(alwaysFails('require-better')), row(wants(5))]
    const { operations, ruleErrors } = fix(deployment(), world([policy(rows)]), 'admission')
    t.strictSame(pathsOf(operations), ['/spec/minReadySeconds'])
    t.strictSame(ruleErrors, ['disallow-bug'], 'and it is told once, however often it was asked')
  }
  t.end()
})

t.test("a cause that stayed from the change before is nobody's choice, unless it is applied again", (t) => {
  const key = 'kubernetes.io/change-cause'
  const at = join('/metadata/annotations', key)
  const lastApplied = (annotations: object) => ({
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ metadata: { annotations } }),
  })
  const stale = { [key]: '1.4.2' }
  const after = (metadata: object) =>
    deployment({ metadata, containers: [{ ...webContainer, image: 'shop/web:1.6.0' }] })
  const written = (before: object, metadata: object, mode: FixMode = 'absent') => {
    const request = update(deployment({ metadata: before }), 'template', { fieldManager: 'kubectl-set' })
    const policies = [policy(oneRule('require-change-cause', { fix: mode }))]
    return valueAt(fix(after(metadata), world(policies, { request }), 'admission').object, at)
  }
  const ours = 'image web 1.5.0 -> 1.6.0; by alice via kubectl-set'
  const plain = { annotations: stale }
  const applied = { annotations: { ...stale, ...lastApplied(stale) } }
  const again = { annotations: { ...stale, ...lastApplied({ ...stale, team: 'shop' }) } }
  t.equal(written(plain, plain), ours, 'it only stayed')
  t.equal(written(plain, {}), ours)
  t.equal(written(applied, applied), ours, 'kubectl set image or rollout undo after an apply')
  t.equal(written(applied, again), '1.4.2', 'an author applies the stale one again')
  t.equal(written(plain, applied), '1.4.2', 'or for the first time')
  t.equal(written(applied, again, 'override'), ours)
  t.equal(written(plain, { annotations: { [key]: 'vouchers' } }), 'vouchers')
  t.equal(written(applied, { annotations: { ...applied.annotations, [key]: 'vouchers' } }), 'vouchers')
  const entry = { manager: 'argocd', operation: 'Apply', time: '2026-11-01T10:00:00Z' }
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${key}`]: {} } } }
  const managed = (more: object = {}) => ({ ...plain, managedFields: [{ ...entry, fieldsV1, ...more }] })
  t.equal(written(managed(), managed()), ours, 'the field manager that applies it is another')
  t.equal(written(managed(), managed({ time: '2026-11-01T11:00:00Z' })), '1.4.2', 'it applies the stale one again')
  t.end()
})

t.test('a template that changes only by what the webhook wrote into the old one needs no cause', (t) => {
  const rows = [...oneRule('require-change-cause'), ...oneRule('require-pre-stop-hook')]
  const plain = deployment({ metadata: { annotations: { 'kubernetes.io/change-cause': 'first' } } })
  const old = fix(plain, world([policy(rows)], { request: request() }), 'admission').object
  const again = fix(
    plain,
    world([policy(rows)], { request: update(old, changeOf(old, plain, viewOf([]))) }),
    'admission',
  )
  t.strictSame(again.object, old, 'a client that writes the whole object gets back what was there')
  t.end()
})

t.test(
  'what was filled in goes where its rule is exempt and the template changes anyway; what somebody chose stays',
  (t) => {
    const exemption = (rule: string) => ({ [`exempt.evenkeel.dev/${rule}`]: 'until=2026-12-01 reason=x' })
    const both = { ...exemption('require-pre-stop-hook'), ...exemption('limit-max-unavailable') }
    const ids = ['require-pre-stop-hook', 'limit-max-unavailable']
    const rows = strict().filter(({ rule }) => ids.includes(rule.id))
    const written = (image: string, annotations: object = {}) =>
      deployment({ metadata: { annotations }, spec: { replicas: 4 }, containers: [{ ...webContainer, image }] })
    const [before, after] = [written('shop/web:1.5.0'), written('shop/web:1.6.0', both)]
    const live = fix(
      appliedNew(before, 'server-side'),
      world([policy(rows)], { request: request() }),
      'admission',
    ).object
    const left = (object: KubeObject, change: ChangeKind, policies = [policy(rows)]) => {
      const fixed = fix(object, world(policies, { request: update(live, change) }), 'admission').object
      const { rollingUpdate } = valueAt(fixed, '/spec/strategy') as { readonly rollingUpdate: unknown }
      return { hook: valueAt(fixed, '/spec/template/spec/containers/0/lifecycle/preStop'), rollingUpdate }
    }
    const filledIn = { hook: { sleep: { seconds: 5 } }, rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
    const over = appliedOver(live, before, after, 'server-side')
    t.strictSame(left(over, 'template'), { hook: undefined, rollingUpdate: {} }, 'the API server fills in its defaults')
    const warned = (change: ChangeKind) =>
      evaluate(over, world([policy(rows)], { request: update(live, change) })).results.map(({ rule }) => rule)
    t.strictSame(warned('none').sort(), [...ids].sort(), 'until then nobody is told that nothing needs the exemption')
    t.strictSame(left(over, 'none'), filledIn, 'a write that changes no template starts no rollout')
    t.strictSame(left(over, 'settings'), { ...filledIn, rollingUpdate: {} })
    const locked = policy(rows, { name: 'other', exemptions: { locked: ids, maxDays: 90 } })
    t.strictSame(left(over, 'template', [policy(rows), locked]), filledIn, 'another policy knows no exemption')
    const [entry] = over.metadata.managedFields ?? []
    const edit = {
      manager: 'kubectl-edit',
      operation: 'Update',
      fieldsV1: { 'f:spec': { 'f:strategy': { 'f:rollingUpdate': { 'f:maxUnavailable': {} } } } },
    }
    const edited = { ...over, metadata: { ...over.metadata, managedFields: [entry ?? {}, edit] } }
    t.strictSame(left(edited, 'template'), { hook: undefined, rollingUpdate: { maxUnavailable: 0 } }, 'a hand edit')
    t.strictSame(
      left({ ...over, metadata: { ...over.metadata, managedFields: [] } }, 'template'),
      filledIn,
      'no record',
    )
    t.end()
  },
)
