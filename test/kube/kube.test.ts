import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import t from 'tap'
import { isEqual } from '../../src/kube/equal.ts'
import { groupKindOf, kindOf, refOf } from '../../src/kube/group-kind.ts'
import { percentOf, resolve } from '../../src/kube/int-or-percent.ts'
import { labelIndex, selectorIndex } from '../../src/kube/label-index.ts'
import { applied, withParents } from '../../src/kube/patch.ts'
import { child, deepestExisting, dotted, escapeSegment, join, segmentsOf, valueAt } from '../../src/kube/pointer.ts'
import { portNames, portNumber } from '../../src/kube/ports.ts'
import { matchesLabels, matchesSelector, mayMatchLater } from '../../src/kube/selector.ts'
import { objectNamed, viewOf, withObject } from '../../src/kube/view-of.ts'
import type { Operation } from '../../src/model/finding.ts'
import type { Json, KubeObject, LabelSelector } from '../../src/model/object.ts'
import type { ContainerPort } from '../../src/model/workload.ts'
import { matchesAny, matchesGlob } from '../../src/plain/glob.ts'
import { nearest, suggestion } from '../../src/plain/suggest.ts'

/** Keys that trip naive code: what every object inherits, and what pointers escape. */
const key = fc.constantFrom(
  'a',
  'b',
  '',
  '0',
  '1',
  '-',
  'a/b',
  'm~n',
  '~1',
  'constructor',
  '__proto__',
  'toString',
  'length',
)
const scalar = fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string({ maxLength: 3 }))

/** Objects as JSON.parse makes them: `__proto__` is a key like any other. */
function asParsed(entries: readonly (readonly [string, unknown])[]): object {
  const text = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')
  return JSON.parse(`{${text}}`) as object
}

const { json } = fc.letrec<{ json: unknown; object: object; array: unknown[] }>((tie) => ({
  json: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('object'), tie('array')),
  object: fc.uniqueArray(fc.tuple(key, tie('json')), { selector: ([name]) => name, maxLength: 4 }).map(asParsed),
  array: fc.array(tie('json'), { maxLength: 3 }),
}))
const record = fc.uniqueArray(fc.tuple(key, json), { selector: ([name]) => name, maxLength: 5 }).map(asParsed)

/** Pointers to everything in a value, and to what objects of it lack. */
function pointersIn(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((item, i) => pointersIn(item, join(at, i)))]
  if (typeof value !== 'object' || value === null) return [at]
  return [
    at,
    join(at, 'new'),
    join(at, 'x/y~z', 'deep'),
    ...Object.keys(value).flatMap((name) => pointersIn(child(value, name), join(at, name))),
  ]
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}

t.test('a pointer is the escaped form of its segments, whatever they hold', (t) => {
  t.strictSame(segmentsOf(''), [])
  t.strictSame(segmentsOf('/'), [''])
  t.strictSame(segmentsOf('/a~1b/m~0n/~01'), ['a/b', 'm~n', '~1'], 'RFC 6901: ~1 before ~0')
  t.equal(join('/spec', 'a/b', 0), '/spec/a~1b/0')
  t.equal(escapeSegment('~1'), '~01')
  fc.assert(
    fc.property(fc.array(fc.oneof(key, fc.string())), (segments) =>
      isDeepStrictEqual(segmentsOf(join('', ...segments)), segments),
    ),
  )
  t.end()
})

t.test('a pointer finds what fast-json-patch finds, and never what objects inherit', (t) => {
  fc.assert(
    fc.property(record, (root) => {
      // The oracle refuses `__proto__` and answers with inherited members: there it is no oracle.
      for (const pointer of pointersIn(root).filter((candidate) => !/__proto__|deep/.test(candidate))) {
        t.ok(isDeepStrictEqual(valueAt(root, pointer), jsonPatch.getValueByPointer(root, pointer)), pointer)
      }
    }),
    { numRuns: 200 },
  )
  t.equal(valueAt({}, '/constructor'), undefined)
  t.equal(valueAt({ a: [] }, '/a/length'), undefined)
  t.equal(valueAt({ a: [1] }, '/a/00'), undefined, 'an index has no leading zero')
  t.equal(valueAt({ a: [1] }, '/a/-'), undefined)
  t.equal(valueAt({ a: 'text' }, '/a/0'), undefined, 'a string has no fields')
  t.equal(valueAt({ a: null }, '/a/b'), undefined)
  t.equal(valueAt(JSON.parse('{"__proto__": {"x": 1}}'), '/__proto__/x'), 1)
  t.end()
})

t.test('the deepest part of a pointer that exists', (t) => {
  const object = { spec: { template: { spec: { containers: [{ name: 'web' }] } }, strategy: null } }
  t.equal(
    deepestExisting(object, '/spec/template/spec/containers/0/lifecycle/preStop'),
    '/spec/template/spec/containers/0',
  )
  t.equal(deepestExisting(object, '/spec/template/spec/containers/1/image'), '/spec/template/spec/containers')
  t.equal(deepestExisting(object, '/spec/strategy/type'), '/spec/strategy', 'null is written there')
  t.equal(deepestExisting(object, '/metadata/name'), '')
  t.equal(deepestExisting(object, '/spec/template'), '/spec/template')
  t.end()
})

t.test('people read pointers with dots, brackets where a dot would lie', (t) => {
  t.equal(dotted('/spec/template/spec/containers/0/image'), 'spec.template.spec.containers[0].image')
  t.equal(
    dotted('/metadata/annotations/kubernetes.io~1change-cause'),
    'metadata.annotations["kubernetes.io/change-cause"]',
  )
  t.equal(dotted('/metadata/labels/a"b'), 'metadata.labels["a\\"b"]')
  t.equal(dotted(''), '')
  t.end()
})

t.test('operations do to a copy what a strict RFC 6902 applier does, missing and null parents included', (t) => {
  const op = fc.constantFrom('add' as const, 'replace' as const, 'remove' as const)
  let compared = 0
  fc.assert(
    fc.property(record, json, op, fc.nat(), (root, value, kind, pick) => {
      deepFreeze(root)
      const pointers = pointersIn(root).filter((pointer) => {
        const last = segmentsOf(pointer).at(-1)
        const parent = valueAt(root, pointer.slice(0, pointer.lastIndexOf('/')))
        // An add to an array inserts, which no fix does; the oracle refuses __proto__ altogether.
        return last !== undefined && !Array.isArray(parent) && !/__proto__|constructor/.test(pointer)
      })
      const pointer = pointers[pick % Math.max(1, pointers.length)]
      if (pointer === undefined) return
      const isThere = valueAt(root, pointer) !== undefined
      if (!isThere && kind !== 'add') return
      const operation = (
        kind === 'remove' ? { op: kind, path: pointer } : { op: kind, path: pointer, value }
      ) as Operation
      const operations = withParents(root, operation)
      const expected = jsonPatch.applyPatch(
        structuredClone(root),
        structuredClone(operations) as jsonPatch.Operation[],
        true,
      ).newDocument
      const actual = operations.reduce(applied, root)
      t.ok(isDeepStrictEqual(actual, expected), JSON.stringify({ root, operations }))
      t.ok(isDeepStrictEqual(applied(root, operation), expected), 'parents come along without being asked for')
      compared++
    }),
    { numRuns: 1000 },
  )
  t.ok(compared > 500, `${compared} compared`)
  t.strictSame(
    withParents({ spec: { strategy: null } }, { op: 'add', path: '/spec/strategy/rollingUpdate/maxSurge', value: 1 }),
    [
      { op: 'add', path: '/spec/strategy', value: {} },
      { op: 'add', path: '/spec/strategy/rollingUpdate', value: {} },
      { op: 'add', path: '/spec/strategy/rollingUpdate/maxSurge', value: 1 },
    ],
    'a null parent is replaced by an object',
  )
  t.end()
})

t.test('an operation shares what it does not touch, and keeps strange keys', (t) => {
  const root = JSON.parse('{"a": {"b": 1}, "list": [{"x": 1}, {"y": 2}], "__proto__": {"evil": true}}') as Record<
    string,
    Json
  >
  const next = applied(root, { op: 'add', path: '/list/1/z', value: 3 })
  t.equal(next['a'], root['a'])
  t.strictSame(next['list'], [{ x: 1 }, { y: 2, z: 3 }])
  t.ok(Object.hasOwn(next, '__proto__'))
  t.equal(({} as Record<string, unknown>)['evil'], undefined)
  const removed = applied(root, { op: 'remove', path: '/list/0' })
  t.strictSame(removed['list'], [{ y: 2 }])
  t.strictSame(Object.keys(applied({}, { op: 'add', path: '/__proto__', value: 1 })), ['__proto__'])
  t.end()
})

t.test('equality is that of JSON, whatever the order of keys', (t) => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      t.equal(isEqual(a, b), isDeepStrictEqual(a, b))
      t.ok(isEqual(a, structuredClone(a)))
    }),
    { numRuns: 500 },
  )
  t.ok(isEqual({ a: 1, b: 2 }, { b: 2, a: 1 }))
  t.notOk(isEqual({ a: undefined }, { b: undefined }))
  t.notOk(isEqual([], {}))
  t.notOk(isEqual({ constructor: 1 }, { a: 1 }))
  t.end()
})

t.test('percentages round as they are told, exactly', (t) => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(5000), (percent, base) => {
      const product = BigInt(percent) * BigInt(base)
      t.equal(resolve(`${percent}%`, base, 'down'), Number(product / 100n))
      t.equal(resolve(`${percent}%`, base, 'up'), Number((product + 99n) / 100n))
      t.equal(resolve(percent, base, 'up'), percent)
    }),
  )
  t.equal(percentOf(25), undefined)
  t.equal(percentOf('25%'), 25)
  for (const invalid of ['25', '2.5%', '-1%', '%', '25%%', '٣%']) t.equal(percentOf(invalid), undefined, invalid)
  t.end()
})

const label = fc.constantFrom('app', 'tier', 'constructor', '__proto__', 'hasOwnProperty')
const value = fc.constantFrom('web', 'api', '')
const labels = fc
  .uniqueArray(fc.tuple(label, value), { selector: ([name]) => name, maxLength: 4 })
  .map((entries) => asParsed(entries) as Record<string, string>)
const expression = fc.record({
  key: label,
  operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
  values: fc.array(value, { maxLength: 2 }),
})

/** The semantics of apimachinery's Requirement.Matches, written over a Map. */
function oracle(selector: LabelSelector, wanted: Readonly<Record<string, string>>): boolean {
  const there = new Map(Object.entries(wanted))
  const requirements = [
    ...Object.entries(selector.matchLabels ?? {}).map(([name, only]) => ({
      key: name,
      operator: 'In',
      values: [only],
    })),
    ...(selector.matchExpressions ?? []).map((each) => ({ ...each, values: each.values ?? [] })),
  ]
  return requirements.every(({ key: name, operator, values }) => {
    const found = there.get(name)
    if (operator === 'Exists') return found !== undefined
    if (operator === 'DoesNotExist') return found === undefined
    return operator === 'In'
      ? found !== undefined && values.includes(found)
      : found === undefined || !values.includes(found)
  })
}

t.test('a selector is the conjunction of all its requirements', (t) => {
  const present = fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 3 }) })
  fc.assert(
    fc.property(present, labels, (wanted, there) => {
      t.equal(matchesSelector(wanted, there), oracle(wanted, there), JSON.stringify({ wanted, there }))
      t.equal(matchesLabels(wanted.matchLabels, there), oracle({ matchLabels: wanted.matchLabels }, there))
    }),
    { numRuns: 2000 },
  )
  t.notOk(matchesSelector(undefined, { app: 'web' }), 'an absent selector matches nothing')
  t.notOk(matchesSelector(null, {}))
  t.ok(matchesSelector({}, { app: 'web' }), 'an empty one everything')
  const nulls = JSON.parse(
    '{"matchLabels": null, "matchExpressions": [{"key": "app", "operator": "Exists", "values": null}]}',
  ) as LabelSelector
  for (const operator of ['In', 'NotIn'] as const) {
    const selector = { matchExpressions: [{ key: 'app', operator, values: null }] } as unknown as LabelSelector
    t.equal(matchesSelector(selector, { app: 'web' }), operator === 'NotIn', `${operator} without values`)
  }
  t.ok(matchesSelector(nulls, { app: 'web' }), 'null is as good as absent')
  t.notOk(matchesLabels({ constructor: 'Object' }, {}))
  const empty = JSON.parse('{"app": null}') as Record<string, string>
  t.ok(matchesLabels({ app: '' }, empty) && matchesLabels(empty, { app: '' }), 'a value of null is an empty one')
  t.notOk(matchesLabels(empty, {}))
  t.end()
})

t.test('labels that are put on pods later can make them match, unless one that they have is in the way', (t) => {
  const db = { app: 'db' }
  const role = { key: 'role', operator: 'In', values: ['primary'] } as const
  t.ok(mayMatchLater({ matchLabels: { app: 'db', role: 'primary' } }, db))
  t.ok(mayMatchLater({ matchLabels: db, matchExpressions: [role] }, db))
  t.ok(mayMatchLater({ matchLabels: db, matchExpressions: [{ key: 'role', operator: 'Exists' }] }, db))
  t.ok(
    mayMatchLater({ matchLabels: { 'statefulset.kubernetes.io/pod-name': 'db-0' } }, db),
    'controllers give this one',
  )
  t.notOk(mayMatchLater({ matchLabels: { role: 'primary' } }, db), 'nothing says that it means these pods')
  t.notOk(mayMatchLater({ matchLabels: { app: 'web', role: 'primary' } }, db), 'a label that they have is another')
  t.notOk(mayMatchLater({ matchExpressions: [role, { key: 'app', operator: 'DoesNotExist' }] }, db))
  fc.assert(
    fc.property(labels, labels, labels, (base, more, other) => {
      const pod = { ...more, ...base }
      if (mayMatchLater({ matchLabels: other }, base)) {
        t.ok(matchesLabels(other, { ...other, ...base }), 'there are such labels')
      } else if (Object.keys(other).some((key) => Object.hasOwn(base, key) && base[key] === other[key])) {
        t.notOk(matchesLabels(other, pod), 'there are none')
      }
    }),
    { numRuns: 1000 },
  )
  t.end()
})

const selector = fc.oneof(
  { arbitrary: fc.constantFrom(undefined, null), weight: 1 },
  {
    arbitrary: fc.record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 3 }) }),
    weight: 8,
  },
)

t.test('an index of selectors answers what trying each of them answers, in their order', (t) => {
  fc.assert(
    fc.property(fc.array(selector, { maxLength: 8 }), fc.array(labels, { minLength: 1 }), (selectors, asked) => {
      const items = selectors.map((wanted, i) => ({ wanted, i }))
      const matching = selectorIndex(items, ({ wanted }) => wanted)
      for (const there of asked) {
        t.strictSame(
          matching(there).map(({ i }) => i),
          items.filter(({ wanted }) => matchesSelector(wanted, there)).map(({ i }) => i),
        )
      }
    }),
    { numRuns: 2000 },
  )
  t.end()
})

t.test('an index of labels answers what trying each of them answers, in their order', (t) => {
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 8 }), fc.array(selector, { minLength: 1 }), (all, asked) => {
      const items = all.map((there, i) => ({ there, i }))
      const matching = labelIndex(items, ({ there }) => there)
      for (const wanted of asked) {
        t.strictSame(
          matching(wanted).map(({ i }) => i),
          items.filter(({ there }) => matchesSelector(wanted, there)).map(({ i }) => i),
        )
      }
    }),
    { numRuns: 2000 },
  )
  t.end()
})

t.test('an index tries few: a label that all share is passed over for a rarer one', (t) => {
  const all = Array.from({ length: 1000 }, (_, i) => ({ tier: 'web', app: `app-${i}` }))
  let tried = 0
  const matching = selectorIndex(all, (matchLabels) => {
    tried += 1
    return { matchLabels }
  })
  const having = labelIndex(all, (there) => {
    tried += 1
    return there
  })
  const inEither = { key: 'app', operator: 'In', values: ['app-1', 'app-2'] } as const
  t.equal(tried, 2000, 'each is read once to make the index')
  t.strictSame(matching({ ...all[7], version: '2' }), [all[7]])
  t.strictSame(having({ matchLabels: { tier: 'web', app: 'app-7' } }), [all[7]])
  t.strictSame(having({ matchLabels: { tier: 'web' }, matchExpressions: [inEither] }), [all[1], all[2]])
  t.equal(tried, 2004, 'and then only those that lie under the rarest label')
  t.end()
})

t.test('a glob is a regular expression in which only * is special', (t) => {
  const part = fc.constantFrom('a', 'ab', '*', '.', 'shop-', '**', '?', 'x')
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 6 }),
      fc.array(fc.constantFrom('a', 'b', 'ab', '.', 'shop-', 'x', '?'), { maxLength: 6 }),
      (glob, name) => {
        const pattern = new RegExp(
          `^${glob
            .join('')
            .split('*')
            .map((text) => text.replaceAll(/[.?]/g, '\\$&'))
            .join('[^]*')}$`,
        )
        t.equal(
          matchesGlob(glob.join(''), name.join('')),
          pattern.test(name.join('')),
          `${glob.join('')} ${name.join('')}`,
        )
      },
    ),
    { numRuns: 3000 },
  )
  t.ok(matchesAny(['shop', 'shop-*'], 'shop-eu'))
  t.notOk(matchesAny([], 'shop'))
  const started = performance.now()
  matchesGlob(`${'*a'.repeat(50)}b`, 'a'.repeat(50_000))
  t.ok(performance.now() - started < 1000, 'a hostile glob takes no time')
  t.end()
})

const web = (namespace?: string, name = 'web'): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
})

t.test('a view knows a kind where it has one, unless it is told more', (t) => {
  const view = viewOf([web('shop'), web('shop', 'api'), web()])
  t.ok(view.knows('Deployment.apps', 'shop'))
  t.notOk(view.knows('Deployment.apps', 'office'))
  t.ok(view.knows('Deployment.apps'), 'objects without a namespace lie in the empty one')
  t.notOk(view.knows('Deployment', 'shop'), 'another group is another kind')
  t.strictSame(
    view.list('Deployment.apps', 'shop').map(({ metadata }) => metadata.name),
    ['web', 'api'],
  )
  t.strictSame(view.list('Deployment.apps', 'office'), [])
  t.ok(viewOf([], { everything: true }).knows('Service', 'anywhere'))
  const listed = viewOf([], { listed: (kind, namespace) => kind === 'Service' && namespace === 'shop' })
  t.ok(listed.knows('Service', 'shop'))
  t.notOk(listed.knows('Service', 'office'))
  t.end()
})

t.test('an object is found by its name, the first of those that share it', (t) => {
  const [first, second] = [web('shop'), web('shop')]
  const view = viewOf([first, second, web('shop', 'api')])
  t.equal(objectNamed(view, 'Deployment.apps', 'shop', 'web'), first)
  t.equal(objectNamed(view, 'Deployment.apps', 'shop', 'constructor'), undefined)
  t.equal(objectNamed(view, 'Deployment.apps', 'office', 'web'), undefined)
  t.end()
})

t.test('a view after a write has the object in place of its older self', (t) => {
  const before = viewOf([web('shop'), web('shop', 'api'), web('office')])
  const changed = { ...web('shop'), spec: { replicas: 9 } }
  const after = withObject(before, changed)
  t.strictSame(
    after.list('Deployment.apps', 'shop').map(({ metadata, spec }) => [metadata.name, spec]),
    [
      ['api', undefined],
      ['web', { replicas: 9 }],
    ],
  )
  t.strictSame(after.list('Deployment.apps', 'office'), before.list('Deployment.apps', 'office'))
  t.equal(before.list('Deployment.apps', 'shop').length, 2, 'the view before stays as it was')
  t.equal(
    after.list('Deployment.apps', 'shop'),
    after.list('Deployment.apps', 'shop'),
    'the list stays the same one, so that what is worked out of it is kept',
  )
  t.strictSame(withObject(viewOf([]), web('shop')).list('Deployment.apps', 'shop'), [web('shop')])
  t.equal(after.knows('Service', 'shop'), before.knows('Service', 'shop'), 'a write tells nothing of what is unknown')
  t.end()
})

t.test('group and kind name an object, not its version', (t) => {
  t.equal(groupKindOf({ apiVersion: 'apps/v1', kind: 'Deployment' }), 'Deployment.apps')
  t.equal(groupKindOf({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }), 'Rollout.argoproj.io')
  t.equal(groupKindOf({ apiVersion: 'v1', kind: 'Service' }), 'Service')
  t.equal(kindOf('Rollout.argoproj.io'), 'Rollout')
  t.equal(kindOf('Service'), 'Service')
  t.strictSame(refOf(web('shop')), { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' })
  t.strictSame(refOf({ apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'job-' } }), {
    apiVersion: 'v1',
    kind: 'Pod',
    name: 'job-*',
  })
  t.end()
})

t.test('a port is found by its name in the same container only, and a number is itself', (t) => {
  const port = fc.record({
    name: fc.option(fc.constantFrom('http', 'grpc', 'admin'), { nil: undefined }),
    containerPort: fc.integer({ min: 1, max: 65_535 }),
  })
  fc.assert(
    fc.property(fc.array(port, { maxLength: 4 }), fc.constantFrom('http', 'grpc', 'admin', 'web'), (ports, name) => {
      const container = { name: 'web', ports: ports as ContainerPort[] }
      const number = portNumber(name, container)
      t.equal(number !== undefined, portNames(container).includes(name), 'it has a number if it is one of the names')
      if (number !== undefined) t.ok(ports.some((one) => one.name === name && one.containerPort === number))
    }),
  )
  t.equal(portNumber(9000, { name: 'web' }), 9000, 'declared or not')
  t.equal(portNumber('http', { name: 'web' }), undefined)
  t.end()
})

t.test('what is near to a known name was probably meant', (t) => {
  t.equal(nearest('htpp', ['http', 'metrics']), 'http')
  t.equal(nearest('grpc', ['metrics']), undefined, 'too far')
  t.equal(nearest('http', []), undefined)
  t.equal(nearest('max', ['fix']), undefined, 'most of a short name is another')
  t.equal(suggestion('htpp', ['http']), ', did you mean "http"?')
  t.equal(suggestion(8080, ['http']), '', 'only words are mistyped')
  t.end()
})
