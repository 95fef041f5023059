import t from 'tap'
import { evaluate } from '../../src/engine/evaluate.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Policy } from '../../src/model/policy.ts'
import { presetEntry } from '../../src/policy/presets.ts'
import { denyText } from '../../src/report/deny-text.ts'
import { limitMaxUnavailable } from '../../src/rules/limit-max-unavailable.ts'
import { requireChangeCause } from '../../src/rules/require-change-cause.ts'
import { requireReadinessProbe } from '../../src/rules/require-readiness-probe.ts'
import { deployment, policy, request, row, world } from '../engine/scene.ts'

const rowOf = (rule: Parameters<typeof presetEntry>[0]) => row(rule, { params: presetEntry(rule, 'strict').params })
const unavailable = rowOf(limitMaxUnavailable)
const probe = rowOf(requireReadinessProbe)
const cause = rowOf(requireChangeCause)

const careless = deployment({ spec: { strategy: { rollingUpdate: { maxUnavailable: 1 } } } })
const worldOf = (policies: readonly Policy[]) => world(policies, { request: request() })

function waysOut(object: KubeObject, ...policies: readonly Policy[]): string | undefined {
  return denyText(evaluate(object, worldOf(policies)), policies)
    .split('\n')
    .at(-1)
}
const lockedTo = (rules: Policy['rules'], locked: readonly string[], name = 'test') =>
  policy(rules, { name, exemptions: { locked, maxDays: 90 } })

t.test('a denial names every way out where all are open', (t) => {
  t.equal(
    waysOut(careless, policy([unavailable, probe])),
    'Fix: evenkeel fix FILE · Explain: evenkeel explain limit-max-unavailable · Exempt: annotation exempt.evenkeel.dev/limit-max-unavailable: "until=YYYY-MM-DD reason=..."',
  )
  t.end()
})

t.test('it sends nobody to a fix that changes no file', (t) => {
  for (const rule of [probe, cause]) {
    const { id } = rule.rule
    t.equal(
      waysOut(careless, policy([rule])),
      `Explain: evenkeel explain ${id} · Exempt: annotation exempt.evenkeel.dev/${id}: "until=YYYY-MM-DD reason=..."`,
    )
  }
  t.end()
})

t.test('it asks for no exemption that would be refused, and tells which rules are locked', (t) => {
  const explained = 'Explain: evenkeel explain require-readiness-probe'
  const isLocked = 'locked by policy: require-readiness-probe'
  t.equal(waysOut(careless, lockedTo([probe], [requireReadinessProbe.id])), `${explained} · Exempt: ${isLocked}`)
  t.equal(
    waysOut(careless, policy([probe]), lockedTo([probe], [requireReadinessProbe.id], 'strict')),
    `${explained} · Exempt: ${isLocked}`,
    'an exemption that one of two policies refuses is none',
  )
  t.equal(
    waysOut(careless, lockedTo([probe, cause], [requireReadinessProbe.id])),
    `${explained} · Exempt: annotation exempt.evenkeel.dev/require-change-cause: "until=YYYY-MM-DD reason=..."; ${isLocked}`,
  )
  t.end()
})
