import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { changeOf } from '../../src/engine/change.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { fixClasses, type Purpose } from '../../src/engine/fix-class.ts'
import { applied } from '../../src/kube/patch.ts'
import { child, valueAt } from '../../src/kube/pointer.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { Operation, ReportedFinding } from '../../src/model/finding.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { World } from '../../src/model/world.ts'
import { rules } from '../../src/rules/index.ts'
import { asStored, leavesOf, type WrittenWorkload, writtenWorkload } from './arbitrary-workload.ts'
import { byStrictApplier, refusalsOf } from './refused.ts'
import { policy, request, strictRows, update, world } from './scene.ts'

t.setTimeout(300_000)

/** The same workloads again: SEED=… npm test -- test/engine/fix-property.test.ts. */
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const numRuns = 5000

const policies = { absent: [policy(strictRows('absent'))], override: [policy(strictRows('override'))] } as const

/** What one policy limits is what the fixes of another bring. */
const limitsApart = [
  policy(strictRows('override').filter(({ rule }) => rule.about === 'limit')),
  policy(strictRows('override').filter(({ rule }) => rule.about !== 'limit')),
]

interface Found extends ReportedFinding {
  readonly rule: string
}

function findings(object: KubeObject, given: World): Found[] {
  return evaluate(object, given).results.flatMap((result) => {
    if (result.status === 'error') throw new Error(`${result.rule}: ${result.error}: ${JSON.stringify(object)}`)
    return result.status === 'fail' ? result.findings.map((finding) => ({ ...finding, rule: result.rule })) : []
  })
}

const keyOf = ({ rule, container = '' }: Found) => `${rule} ${container}`

function isChosen(written: KubeObject, path: string): boolean {
  return leavesOf(written).some(([leaf]) => leaf === path || leaf.startsWith(`${path}/`))
}

const mayBeLeft = {
  /** The author's own words stay, and with them what they are to blame for. */
  absent: (finding: Found, written: KubeObject) =>
    finding.fix?.operations.some(({ path }) => isChosen(written, path)) === true,
  override: () => false,
}

interface Case {
  readonly object: KubeObject
  readonly given: World
  readonly purpose: Purpose
  /** What may be found of this object may be found of the fixed one, too; by default the object itself. */
  readonly before?: KubeObject
  /** Whether a finding that comes with a fix may stay. */
  readonly mayStay: (finding: Found) => boolean
}

/** What holds of any fix; answers how many operations it has. Throws where it does not hold, with the workload and the patch. */
function repaired({ object, given, purpose, mayStay, ...more }: Case): {
  readonly object: KubeObject
  readonly count: number
} {
  const fixed = fix(object, given, purpose)
  const fail = (what: string) => {
    throw new Error(`${what}: ${JSON.stringify({ object, operations: fixed.operations })}`)
  }
  const strictly = byStrictApplier(object, fixed.operations)
  if (!isDeepStrictEqual(strictly, fixed.object)) fail('a strict applier comes to something else')
  const again = fix(fixed.object, given, purpose).operations
  if (again.length > 0) fail(`fixed again changes more: ${JSON.stringify(again)}`)
  const before = findings(more.before ?? object, given)
  const after = findings(fixed.object, given)
  const left = after.filter((finding) => finding.fix !== undefined && !mayStay(finding))
  if (left.length > 0) fail(`left over: ${left.map(({ message }) => message).join('; ')}`)
  const known = new Set(before.map(keyOf))
  const worse = after.filter((finding) => !known.has(keyOf(finding)))
  if (worse.length > 0) fail(`worse than before: ${worse.map(({ message }) => message).join('; ')}`)
  if (refusalsOf(object).length === 0 && refusalsOf(fixed.object).length > 0) fail(refusalsOf(fixed.object).join('; '))
  return { object: fixed.object, count: fixed.operations.length }
}

function viewAround({ companions, isComplete }: WrittenWorkload, self: readonly KubeObject[]): World['view'] {
  return viewOf([...self, ...companions], { everything: isComplete })
}

function isFor(purpose: Purpose, id: string): boolean {
  return rules.some((rule) => rule.id === id && fixClasses[rule.fix][purpose])
}

/** Runs the property over all workloads and says how many of them the fix had something to do for. */
function forAll(t: Test, property: (written: WrittenWorkload) => number): void {
  let count = 0
  fc.assert(
    fc.property(writtenWorkload, (written) => void (count += property(written) > 0 ? 1 : 0)),
    { seed, numRuns },
  )
  t.ok(count > numRuns / 4, `seed ${seed}: ${count} of ${numRuns} workloads were repaired`)
  t.end()
}

function withImage(object: KubeObject, value: string): KubeObject {
  return applied(object, { op: 'add', path: '/spec/template/spec/containers/0/image', value })
}

for (const mode of ['absent', 'override'] as const) {
  t.test(`the webhook, fixes on ${mode}: what may be repaired is, once is enough, nothing gets worse`, (t) => {
    forAll(t, (written) => {
      const given = world(policies[mode], { request: request(), view: viewAround(written, []) })
      const mayStay = (finding: Found) => !isFor('admission', finding.rule) || mayBeLeft[mode](finding, written.object)
      const stored = asStored(written.object)
      const { object, count } = repaired({ object: stored, given, purpose: 'admission', mayStay })
      const old = withImage(stored, 'shop/web:1.4.2')
      const onUpdate = world(policies[mode], { view: viewAround(written, [old]), request: update(old, 'template') })
      repaired({ object: stored, given: onUpdate, purpose: 'admission', mayStay })
      for (const [path, value] of mode === 'override' ? [] : leavesOf(written.object)) {
        if (valueAt(object, path) !== value) throw new Error(`${path} was chosen: ${JSON.stringify(written)}`)
      }
      return count
    })
  })
}

/** What authors write where it has no effect: only files show it, the API server drops what it does not know. */
const misplaced: readonly Operation[] = [
  { op: 'add', path: '/spec/template/spec/containers/0/terminationGracePeriodSeconds', value: 45 },
  { op: 'add', path: '/spec/template/metadata/annotations', value: { 'kubernetes.io/change-cause': 'second' } },
  { op: 'add', path: '/spec/template/spec/revisionHistoryLimit', value: 3 },
  { op: 'add', path: '/spec/template/spec/minReadySeconds', value: 5 },
  { op: 'add', path: '/spec/template/spec/strategy', value: { rollingUpdate: { maxUnavailable: 1 } } },
  { op: 'add', path: '/spec/template/spec/replicas', value: 3 },
]

const inPlace = [policy(strictRows('absent').filter(({ rule }) => rule.id === 'disallow-misplaced-field'))]

t.test('the command line: what it can repair it offers to repair, once is enough, nothing gets worse', (t) => {
  let count = 0
  fc.assert(
    fc.property(writtenWorkload, fc.subarray([...misplaced]), (written, astray) => {
      const object = astray.reduce<KubeObject>(applied, written.object)
      const given = world(policies.absent, { view: viewAround(written, [object]) })
      const mayStay = (finding: Found) => !isFor('offer', finding.rule)
      // In its place a field takes effect, and other rules may have something against that.
      const before = fix(object, { ...given, policies: inPlace }, 'offer').object
      if (repaired({ object, given, purpose: 'offer', mayStay, before }).count > 0) count++
    }),
    { seed, numRuns },
  )
  t.ok(count > numRuns / 4, `seed ${seed}: ${count} of ${numRuns} workloads were repaired`)
  t.end()
})

const edits: readonly Operation[] = [
  { op: 'add', path: '/spec/replicas', value: 7 },
  { op: 'add', path: '/metadata/labels', value: { team: 'shop' } },
  { op: 'add', path: '/spec/paused', value: true },
  { op: 'add', path: '/spec/progressDeadlineSeconds', value: 300 },
  { op: 'add', path: '/spec/revisionHistoryLimit', value: 3 },
  { op: 'add', path: '/spec/minReadySeconds', value: 7 },
]

t.test('an update that leaves the pod template alone: so does every fix, in any mode', (t) => {
  let count = 0
  const arbitrary = fc.tuple(writtenWorkload, fc.subarray([...edits]), fc.constantFrom('absent', 'override'))
  fc.assert(
    fc.property(arbitrary, ([written, chosen, mode]) => {
      const before = asStored(written.object)
      const after = chosen.reduce<KubeObject>(applied, before)
      const view = viewAround(written, [before])
      const given = world(policies[mode], { view, request: update(before, changeOf(before, after, view)) })
      const { object, operations } = fix(after, given, 'admission')
      if (!isDeepStrictEqual(valueAt(object, '/spec/template'), valueAt(before, '/spec/template')))
        throw new Error(`touched: ${JSON.stringify(operations)}`)
      if (operations.length > 0) count++
    }),
    { seed, numRuns },
  )
  t.ok(count > numRuns / 20, `seed ${seed}: ${count} of ${numRuns} had something else repaired`)
  t.end()
})

t.test('a workload that is applied again as it was stays as the webhook left it', (t) => {
  forAll(t, (written) => {
    const given = (more: Partial<World>) => world(policies.absent, { view: viewAround(written, []), ...more })
    const first = fix(asStored(written.object), given({ request: request() }), 'admission')
    // A three-way merge leaves alone what the webhook added.
    const change = changeOf(first.object, first.object, viewOf([]))
    const again = fix(first.object, given({ request: update(first.object, change) }), 'admission')
    if (again.operations.length > 0) throw new Error(JSON.stringify(again.operations))
    return first.operations.length
  })
})

/** What kubectl's merge makes of the author's words and of what was filled in: the words come back, the rest stays. */
function mergedOver(stored: unknown, written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return written
  if (Array.isArray(written)) {
    const isMap = written.every((item) => typeof item === 'object')
    return isMap ? written.map((item, i) => mergedOver(child(stored, `${i}`), item)) : written
  }
  const words = Object.entries(written).filter(([, value]) => value !== null)
  const merged = words.map(([key, value]) => [key, mergedOver(child(stored, key), value)])
  return { ...(stored as object | undefined), ...Object.fromEntries(merged) }
}

for (const [what, given] of Object.entries({ 'one policy': policies.override, 'limits apart': limitsApart })) {
  t.test(`the same apply again and again, fixes on override, ${what}, starts no rollout`, (t) => {
    forAll(t, (written) => {
      const view = viewAround(written, [])
      const first = fix(asStored(written.object), world(given, { view, request: request() }), 'admission')
      const merged = mergedOver(first.object, written.object) as KubeObject
      const change = changeOf(first.object, merged, viewOf([]))
      const again = fix(merged, world(given, { view, request: update(first.object, change) }), 'admission')
      const was = valueAt(first.object, '/spec/template')
      const is = valueAt(again.object, '/spec/template')
      if (!isDeepStrictEqual(is, was)) throw new Error(JSON.stringify({ written: written.object, was, is }))
      return first.operations.length
    })
  })
}
