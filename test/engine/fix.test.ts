import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import t from 'tap'
import { changeOf } from '../../src/engine/change.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { applied } from '../../src/kube/patch.ts'
import { join, valueAt } from '../../src/kube/pointer.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { Operation } from '../../src/model/finding.ts'
import type { Json, KubeObject } from '../../src/model/object.ts'
import type { EnabledRule, FixMode } from '../../src/model/policy.ts'
import type { World } from '../../src/model/world.ts'
import { presetEntry } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { readWorkload } from '../../src/workloads/read-workload.ts'
import { shapeError } from '../../src/workloads/shape-error.ts'
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

t.test('the command line offers every fix but those that only a request can make', (t) => {
  const offered = (fixClass: string) =>
    fix(
      deployment({ spec: { minReadySeconds: 1 } }),
      world([policy([row(wants(5, undefined, { fix: fixClass }), { fix: 'off' })])]),
      'offer',
    ).operations.length
  t.strictSame(['safe', 'opt-in', 'offer', 'admission', 'none'].map(offered), [1, 1, 1, 0, 0])
  t.end()
})

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
  const bug = ruleOf('disallow-bug', () => {
    throw new Error('x')
  })
  const rows = [row(bug), row(alwaysFails('require-better')), row(wants(5))]
  t.strictSame(pathsOf(fix(deployment(), world([policy(rows)]), 'admission').operations), ['/spec/minReadySeconds'])
  t.end()
})

t.test("a cause that stayed from the change before is nobody's choice, unless it is applied again", (t) => {
  const key = 'kubernetes.io/change-cause'
  const at = join('/metadata/annotations', key)
  const lastApplied = (annotations: object) => ({
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ metadata: { annotations } }),
  })
  const old = deployment({ metadata: { annotations: { [key]: '1.4.2' } } })
  const after = (annotations: object) =>
    deployment({ metadata: { annotations }, containers: [{ ...webContainer, image: 'shop/web:1.6.0' }] })
  const written = (annotations: object, mode: FixMode = 'absent') =>
    valueAt(
      fix(
        after(annotations),
        world([policy(oneRule('require-change-cause', { fix: mode }))], {
          request: update(old, 'template', { fieldManager: 'kubectl-set' }),
        }),
        'admission',
      ).object,
      at,
    )
  t.equal(written({ [key]: '1.4.2' }), 'image web 1.5.0 -> 1.6.0; by alice via kubectl-set', 'it only stayed')
  t.equal(written({}), 'image web 1.5.0 -> 1.6.0; by alice via kubectl-set')
  t.equal(
    written({ [key]: '1.4.2', ...lastApplied({ [key]: '1.4.2' }) }),
    '1.4.2',
    'an author applies the stale one again',
  )
  t.equal(
    written({ [key]: '1.4.2', ...lastApplied({ [key]: '1.4.2' }) }, 'override'),
    'image web 1.5.0 -> 1.6.0; by alice via kubectl-set',
  )
  t.equal(written({ [key]: 'vouchers' }), 'vouchers')
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

// --- whatever the workload ---

const httpGet = fc.record({ path: fc.constant('/health'), port: fc.constantFrom(8080, 'http') })
const probe = fc.record(
  { httpGet, timeoutSeconds: fc.integer({ min: 1, max: 20 }), periodSeconds: fc.integer({ min: 1, max: 30 }) },
  { requiredKeys: ['httpGet'] },
)
const hook = fc.oneof(
  fc.record({ sleep: fc.record({ seconds: fc.nat(60) }) }),
  fc.constantFrom(
    { exec: { command: ['sleep', '12'] } },
    { exec: { command: ['sh', '-c', 'sleep 50 && quit'] } },
    { exec: { command: ['/drain'] } },
    { httpGet: { port: 80 } },
  ),
)
const absent = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const orNull = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: fc.constant(null) })
const container = (name: string) =>
  fc.record(
    {
      name: fc.constant(name),
      image: fc.constantFrom('shop/web:1.5.0', 'gcr.io/distroless/static:nonroot'),
      ports: orNull(fc.constant([{ name: 'http', containerPort: 8080 }])),
      readinessProbe: orNull(probe),
      livenessProbe: orNull(probe),
      startupProbe: orNull(probe),
      lifecycle: orNull(fc.record({ preStop: orNull(hook) }, { requiredKeys: [] })),
    },
    { requiredKeys: ['name', 'image'] },
  )
const intOrPercent = fc.constantFrom<Json>(0, 1, 2, 5, '0%', '10%', '25%', '50%', '100%')
const budget = orNull(
  fc.record({ maxUnavailable: orNull(intOrPercent), maxSurge: orNull(intOrPercent) }, { requiredKeys: [] }),
)
const pod = fc
  .record({
    containers: fc.tuple(container('web'), absent(container('log'))),
    sidecar: absent(container('proxy')),
    grace: absent(fc.nat(90)),
  })
  .map(({ containers, sidecar, grace }) => ({
    containers: containers.filter((each) => each !== undefined),
    ...(sidecar ? { initContainers: [{ ...sidecar, restartPolicy: 'Always' }] } : {}),
    ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
  }))

interface Recipe {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Rollout'
  readonly replicas: number | undefined
  readonly budget: Json | undefined
  readonly type: string | undefined
  readonly pod: object
  readonly cause: string | undefined
}

const recipe: fc.Arbitrary<Recipe> = fc.record({
  kind: fc.constantFrom('Deployment' as const, 'StatefulSet' as const, 'DaemonSet' as const, 'Rollout' as const),
  replicas: absent(fc.nat(12)),
  budget: absent(budget as fc.Arbitrary<Json>),
  type: fc.constantFrom(undefined, undefined, 'RollingUpdate', 'Recreate', 'OnDelete'),
  pod,
  cause: fc.constantFrom(undefined, 'first release'),
})

/** What an author writes. */
function manifest({ kind, replicas, budget: rolling, type, pod: spec, cause }: Recipe): KubeObject {
  const strategyType =
    kind === 'Deployment' && type === 'OnDelete'
      ? 'Recreate'
      : kind !== 'Deployment' && type === 'Recreate'
        ? 'OnDelete'
        : type
  const isRolling = strategyType === undefined || strategyType === 'RollingUpdate'
  const strategy = {
    ...(strategyType ? { type: strategyType } : {}),
    ...(rolling !== undefined && isRolling ? { rollingUpdate: rolling } : {}),
  }
  const field = kind === 'Deployment' ? 'strategy' : 'updateStrategy'
  const own =
    kind === 'Rollout'
      ? rolling === undefined
        ? {}
        : { strategy: { canary: rolling } }
      : Object.keys(strategy).length > 0
        ? { [field]: strategy }
        : {}
  return {
    apiVersion: kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1',
    kind,
    metadata: {
      name: 'web',
      namespace: 'shop',
      ...(cause ? { annotations: { 'kubernetes.io/change-cause': cause } } : {}),
    },
    spec: {
      ...(replicas === undefined || kind === 'DaemonSet' ? {} : { replicas }),
      ...own,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec },
    },
  }
}

function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)])) as T
}

function missing(object: KubeObject, path: string, value: Json): KubeObject {
  return valueAt(object, path) === undefined ? applied(object, { op: 'add', path, value }) : object
}

/** What the API server makes of a manifest that kubectl applies: nulls gone, defaults filled in, the author's words beside it. */
function asStored(written: KubeObject): KubeObject {
  let object = withoutNulls(written)
  const lastApplied = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(written) }
  object = {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...lastApplied } },
  }
  const rolls = (path: string) => !['Recreate', 'OnDelete'].includes(valueAt(object, path) as string)
  if (object.kind !== 'Rollout') object = missing(object, '/spec/template/spec/terminationGracePeriodSeconds', 30)
  if (object.kind === 'Deployment' || object.kind === 'StatefulSet') object = missing(object, '/spec/replicas', 1)
  if (object.kind === 'Deployment' && rolls('/spec/strategy/type')) {
    object = missing(object, '/spec/strategy/type', 'RollingUpdate')
    object = missing(object, '/spec/strategy/rollingUpdate/maxUnavailable', '25%')
    object = missing(object, '/spec/strategy/rollingUpdate/maxSurge', '25%')
  }
  if (object.kind === 'DaemonSet' && rolls('/spec/updateStrategy/type')) {
    object = missing(object, '/spec/updateStrategy/rollingUpdate/maxUnavailable', 1)
    object = missing(object, '/spec/updateStrategy/rollingUpdate/maxSurge', 0)
  }
  return object
}

/** Every value that an author wrote, by pointer; null is none. */
function leaves(value: unknown, at = ''): [string, unknown][] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, join(at, i)))
  if (typeof value !== 'object') return [[at, value]]
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, join(at, key)))
}

function isChosen(written: KubeObject, path: string): boolean {
  return leaves(written).some(([leaf]) => leaf === path || leaf.startsWith(`${path}/`))
}

function strictly(object: KubeObject, operations: readonly Operation[]): unknown {
  return jsonPatch.applyPatch(structuredClone(object), structuredClone(operations) as jsonPatch.Operation[], true)
    .newDocument
}

/** What Kubernetes refuses of what a fix could write. */
function refusal(object: KubeObject): string | undefined {
  const error = shapeError(object)
  if (error) return `${error.path} ${error.message}`
  const workload = readWorkload(object)
  const {
    terminationGracePeriodSeconds: grace = 30,
    containers = [],
    initContainers = [],
  } = workload?.template.spec ?? {}
  const long = [...containers, ...initContainers].find(
    ({ lifecycle }) => (lifecycle?.preStop?.sleep?.seconds ?? 0) > grace,
  )
  return long && `${long.name} sleeps longer than ${grace} s`
}

function findings(object: KubeObject, given: World) {
  return evaluate(object, given).results.flatMap((result) =>
    result.status === 'fail' ? result.findings.map((finding) => ({ rule: result.rule, ...finding })) : [],
  )
}

const isNoHarm = (mode: FixMode) => (made: Recipe) => {
  const written = manifest(made)
  const object = asStored(written)
  const given = world([policy(strict(mode))], { request: request() })
  const wasRefused = refusal(object)
  const fixed = fix(object, given, 'admission')
  const story = JSON.stringify({ written, operations: fixed.operations })
  if (!isDeepStrictEqual(strictly(object, fixed.operations), fixed.object))
    throw new Error(`a strict applier differs: ${story}`)
  if (fix(fixed.object, given, 'admission').operations.length > 0) throw new Error(`fixed again changes more: ${story}`)
  if (wasRefused === undefined && refusal(fixed.object) !== undefined)
    throw new Error(`${String(refusal(fixed.object))}: ${story}`)
  if (mode === 'absent') {
    for (const [path, value] of leaves(withoutNulls(written))) {
      if (valueAt(fixed.object, path) !== value) throw new Error(`${path} was chosen: ${story}`)
    }
  }
  const left = findings(fixed.object, given).filter(({ fix: proposed, rule }) => {
    if (proposed === undefined || strict(mode).find((enabled) => enabled.rule.id === rule)?.fix === 'off') return false
    return mode === 'override' || !proposed.operations.some(({ path }) => isChosen(written, path))
  })
  if (left.length > 0) throw new Error(`left over: ${left.map(({ message }) => message).join('; ')}: ${story}`)
  return fixed.operations.length
}

t.test('2000 workloads: what nobody chose is repaired, what somebody chose stays, and once is enough', (t) => {
  let repaired = 0
  const check = isNoHarm('absent')
  fc.assert(
    fc.property(recipe, (made) => void (repaired += check(made) > 0 ? 1 : 0)),
    { numRuns: 2000 },
  )
  t.ok(repaired > 1000, `${repaired} of 2000 needed something`)
  t.end()
})

t.test('1000 workloads, with fixes that override: nothing that can be repaired is left', (t) => {
  let repaired = 0
  const check = isNoHarm('override')
  fc.assert(
    fc.property(recipe, (made) => void (repaired += check(made) > 0 ? 1 : 0)),
    { numRuns: 1000 },
  )
  t.ok(repaired > 500, `${repaired} of 1000 needed something`)
  t.end()
})

const edits: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  scale: (object) => applied(object, { op: 'add', path: '/spec/replicas', value: 7 }),
  label: (object) => applied(object, { op: 'add', path: '/metadata/labels', value: { team: 'shop' } }),
  pause: (object) => applied(object, { op: 'add', path: '/spec/paused', value: true }),
  deadline: (object) => applied(object, { op: 'add', path: '/spec/progressDeadlineSeconds', value: 300 }),
  history: (object) => applied(object, { op: 'add', path: '/spec/revisionHistoryLimit', value: 3 }),
  nothing: (object) => object,
}

t.test('1000 updates that do not touch the pod template: nor does any fix, in any mode', (t) => {
  let repaired = 0
  const names = fc.subarray(Object.keys(edits), { minLength: 1 })
  fc.assert(
    fc.property(recipe, names, fc.constantFrom('absent' as const, 'override' as const), (made, chosen, mode) => {
      const before = asStored(manifest(made))
      const after = chosen.reduce((object, name) => edits[name]?.(object) ?? object, before)
      const change = changeOf(before, after, viewOf([]))
      const { object, operations } = fix(
        after,
        world([policy(strict(mode))], { request: update(before, change) }),
        'admission',
      )
      if (!isDeepStrictEqual(valueAt(object, '/spec/template'), valueAt(before, '/spec/template')))
        throw new Error(`touched: ${JSON.stringify(operations)}`)
      if (operations.length > 0) repaired++
    }),
    { numRuns: 1000 },
  )
  t.ok(repaired > 50, `${repaired} of 1000 had something else repaired`)
  t.end()
})

t.test('500 workloads applied again as they were: nothing changes', (t) => {
  fc.assert(
    fc.property(recipe, (made) => {
      const rows = [policy(strict())]
      const stored = fix(asStored(manifest(made)), world(rows, { request: request() }), 'admission').object
      // A three-way merge leaves alone what the webhook added.
      const again = fix(
        stored,
        world(rows, { request: update(stored, changeOf(stored, stored, viewOf([]))) }),
        'admission',
      )
      if (again.operations.length > 0) throw new Error(JSON.stringify(again.operations))
    }),
    { numRuns: 500 },
  )
  t.pass('nothing changed')
  t.end()
})
