import fc from 'fast-check'
import t from 'tap'
import { changeOf } from '../../src/engine/change.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { applied } from '../../src/kube/patch.ts'
import { join } from '../../src/kube/pointer.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { Operation } from '../../src/model/finding.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { World } from '../../src/model/world.ts'
import { appliedNew, appliedOver, ways } from './applied-over.ts'
import { writtenWorkload } from './arbitrary-workload.ts'
import { refusalsOf } from './refused.ts'
import { now, policy, request, strictRows, update, world } from './scene.ts'

t.setTimeout(300_000)

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const numRuns = 5000

const container = '/spec/template/spec/containers/0'
const ready = { httpGet: { path: '/readyz', port: 8080 } }

/** What authors change from one apply to the next. */
const edits: readonly Operation[] = [
  { op: 'add', path: `${container}/lifecycle`, value: { preStop: { exec: { command: ['sleep', '40'] } } } },
  { op: 'add', path: `${container}/lifecycle`, value: { preStop: { exec: { command: ['sleep', '60'] } } } },
  { op: 'remove', path: `${container}/lifecycle` },
  { op: 'add', path: `${container}/startupProbe`, value: { ...ready, failureThreshold: 60 } },
  { op: 'add', path: `${container}/startupProbe`, value: { ...ready, failureThreshold: 90 } },
  { op: 'add', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 3 },
  { op: 'add', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 7 },
  { op: 'add', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 50 },
  { op: 'remove', path: '/spec/template/spec/terminationGracePeriodSeconds' },
  { op: 'add', path: '/spec/template/metadata/annotations', value: { 'evenkeel.dev/drain-seconds': '60' } },
  { op: 'add', path: '/spec/template/metadata/annotations', value: { 'evenkeel.dev/drain-seconds': '90' } },
  { op: 'remove', path: '/spec/progressDeadlineSeconds' },
  { op: 'add', path: '/spec/strategy', value: { rollingUpdate: { maxSurge: 0 } } },
  { op: 'remove', path: '/spec/strategy' },
  ...['require-pre-stop-hook', 'limit-max-unavailable'].map((rule): Operation => {
    const path = join('/metadata/annotations', `exempt.evenkeel.dev/${rule}`)
    return { op: 'add', path, value: 'until=2026-12-01 reason=x' }
  }),
]

/** What the webhook fills in by itself, all but what is about the change: who applies an old cause again is told. */
const rows = strictRows('absent').filter(({ rule }) => rule.fix === 'safe' && rule.about !== 'change')
const tighter: Readonly<Record<string, object>> = {
  'require-pre-stop-hook': { containers: 'all', minSeconds: 15 },
  'limit-max-surge': { min: 2 },
  'limit-termination-budget': { marginSeconds: 20 },
  'require-revision-history': { min: 12 },
}
/** Of what was there before nothing is excused. */
const unforgiving = rows.map((enabled) => ({ ...enabled, enforceAfter: now - 1 }))
const later = [
  unforgiving,
  unforgiving.map((enabled) => ({ ...enabled, params: tighter[enabled.rule.id] ?? enabled.params })),
  rows.map((enabled) => ({ ...enabled, enforcement: 'warn' as const })),
  unforgiving.map((enabled) =>
    enabled.rule.id === 'require-pre-stop-hook' ? { ...enabled, enforcement: 'warn' as const } : enabled,
  ),
]

function withEdits(object: KubeObject, chosen: readonly Operation[], image: string): KubeObject {
  const possible = chosen.filter(({ path }) => path !== '/spec/strategy' || object.kind === 'Deployment')
  const all = [...possible, { op: 'add', path: `${container}/image`, value: image } as const]
  return all.reduce<KubeObject>(applied, object)
}

interface Outcome {
  readonly object: KubeObject
  readonly isTaken: boolean
}

/** What becomes of a write: the webhook's patch, the API server's validation, the verdict. */
function outcomeOf(object: KubeObject, given: World): Outcome {
  const fixed = fix(object, given, 'admission').object
  const isTaken = refusalsOf(fixed).length === 0 && evaluate(fixed, given).decision !== 'deny'
  return { object: fixed, isTaken }
}

for (const way of ways) {
  t.test(`${way}: a manifest that would pass as a new object passes over an earlier one, too`, (t) => {
    let count = 0
    const some = () => fc.subarray([...edits], { maxLength: 4 })
    fc.assert(
      fc.property(writtenWorkload, some(), some(), fc.constantFrom(...later), (written, first, second, lateRows) => {
        const [before, after] = [
          withEdits(written.object, first, 'shop/web:1.5.0'),
          withEdits(written.object, second, 'shop/web:1.6.0'),
        ]
        const view = viewOf(written.companions, { everything: written.isComplete })
        const given = (policies: readonly Policy[], more: Partial<World>) => world(policies, { view, ...more })
        const [early, late] = [[policy(rows)], [policy(lateRows)]]
        const live = outcomeOf(appliedNew(before, way), given(early, { request: request() }))
        const fresh = outcomeOf(appliedNew(after, way), given(late, { request: request() }))
        if (!fresh.isTaken) return
        const over = appliedOver(live.object, before, after, way)
        const change = changeOf(live.object, over, viewOf([]))
        const onUpdate = given(late, { request: update(live.object, change) })
        const result = outcomeOf(over, onUpdate)
        count++
        if (!result.isTaken)
          throw new Error(JSON.stringify({ before, after, live: live.object, result: result.object }))
      }),
      { seed, numRuns },
    )
    t.ok(count > numRuns / 20, `seed ${seed}: ${count} of ${numRuns} pass as new objects`)
    t.end()
  })
}
