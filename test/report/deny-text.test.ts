import t from 'tap'
import { evaluate } from '../../src/engine/evaluate.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { RequestInfo } from '../../src/model/request.ts'
import type { World } from '../../src/model/world.ts'
import { presetEntry } from '../../src/policy/presets.ts'
import { denyText, warningLines } from '../../src/report/deny-text.ts'
import { limitMaxUnavailable } from '../../src/rules/limit-max-unavailable.ts'
import { limitProbeTiming } from '../../src/rules/limit-probe-timing.ts'
import { requireChangeCause } from '../../src/rules/require-change-cause.ts'
import { requireReadinessProbe } from '../../src/rules/require-readiness-probe.ts'
import { deployment, policy, request, row, ruleOf, world } from '../engine/scene.ts'

const rowOf = (rule: Parameters<typeof presetEntry>[0]) => row(rule, { params: presetEntry(rule, 'strict').params })
const unavailable = rowOf(limitMaxUnavailable)
const probe = rowOf(requireReadinessProbe)
const cause = rowOf(requireChangeCause)

const careless = deployment({ spec: { strategy: { rollingUpdate: { maxUnavailable: 1 } } } })
const worldOf = (policies: readonly Policy[]) => world(policies, { request: request() })

function waysOut(object: KubeObject, ...policies: readonly Policy[]): string | undefined {
  return waysOutOf(object, worldOf(policies))
}
function waysOutOf(object: KubeObject, where: World): string | undefined {
  return denyText(evaluate(object, where), where).split('\n').at(-1)
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

t.test(
  'whom every policy that denies lets by for a reason is told of it, also when the reason stayed from before',
  (t) => {
    const way = 'Bypass: annotation evenkeel.dev/bypass-reason with a new reason'
    const onCall = { username: 'eve', groups: ['oncall'] }
    const bypass = { controllers: [], users: [], groups: ['oncall'] }
    const open = policy([probe], { bypass })
    const closed = policy([probe], { name: 'closed' })
    const given = {
      ...careless,
      metadata: { ...careless.metadata, annotations: { 'evenkeel.dev/bypass-reason': 'INC-1' } },
    }
    const oldObject = { ...given, spec: { template: { spec: { containers: [] } } } }
    const onUpdate = request({ user: onCall, operation: 'UPDATE', change: 'template', oldObject })
    const told = (policies: readonly Policy[], asked: Partial<RequestInfo>) =>
      waysOutOf(careless, world(policies, { request: request(asked) }))?.includes(way)
    t.equal(told([open], { user: onCall }), true)
    t.equal(told([open], {}), false, 'others are not')
    t.equal(told([open, closed], { user: onCall }), false, 'nor who would be refused by another policy all the same')
    t.match(waysOutOf(given, world([open], { request: onUpdate })), way, 'with the reason of an earlier change')
    t.end()
  },
)

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

t.test('containers that lack the same share a line, two fields of one container do not', (t) => {
  const httpGet = { path: '/', port: 8080 }
  const slow = { httpGet, periodSeconds: 10, timeoutSeconds: 15 }
  const asks = { livenessProbe: slow, readinessProbe: slow }
  const object = deployment({ containers: ['web', 'side'].map((name) => ({ name, ...asks })) })
  const where = worldOf([policy([rowOf(limitProbeTiming)])])
  const told = denyText(evaluate(object, where), where).split('\n').slice(1, -1)
  const probes = ['readinessProbe', 'livenessProbe']
  t.strictSame(
    told.filter((line) => line.includes('timeout 15s')).toSorted(),
    probes
      .map(
        (probe) =>
          `- containers web, side: timeout 15s > period 10s, so checks fall behind (spec.template.spec.containers[0].${probe}.timeoutSeconds) [limit-probe-timing]`,
      )
      .toSorted(),
  )
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

function warnings(object: KubeObject, more: Partial<Policy> = {}, ...rows: Policy['rules']): string[] {
  const policies = [
    policy(
      rows.map((row) => ({ ...row, enforcement: 'warn' })),
      more,
    ),
  ]
  return warningLines(evaluate(object, worldOf(policies)))
}

t.test('a warning names the field that its sentence leaves out', (t) => {
  const httpGet = { path: '/', port: 8080 }
  const livenessProbe = { httpGet, periodSeconds: 10, timeoutSeconds: 15, failureThreshold: 3, initialDelaySeconds: 30 }
  t.strictSame(warnings(deployment({ containers: [{ name: 'web', livenessProbe }] }), {}, rowOf(limitProbeTiming)), [
    '[limit-probe-timing] container web: timeout 15s > period 10s, so checks fall behind (livenessProbe.timeoutSeconds)',
  ])
  t.strictSame(
    warnings(careless, {}, unavailable, probe),
    [
      '[limit-max-unavailable] maxUnavailable 1 = 1 pod down during the rollout; needs 0',
      '[require-readiness-probe] container web: no readinessProbe, so traffic reaches it before it can answer',
    ],
    'nothing is said twice',
  )
  t.end()
})

t.test('a warning about an exemption names the rule that it is for, and one that may have been meant', (t) => {
  const exempting = (id: string) =>
    deployment({ metadata: { annotations: { [`exempt.evenkeel.dev/${id}`]: 'until=2026-12-01 reason=x' } } })
  const locked = { exemptions: { locked: [requireReadinessProbe.id], maxDays: 90 } }
  t.strictSame(warnings(exempting('require-readiness-probe'), locked, probe).slice(1), [
    '[disallow-invalid-exemption] exemption refused: the policy locks the rule (require-readiness-probe)',
  ])
  t.strictSame(warnings(exempting('limit-max-unavaliable'), {}, unavailable), [
    '[disallow-invalid-exemption] no such rule, did you mean "limit-max-unavailable"? (limit-max-unavaliable)',
  ])
  t.end()
})

t.test('a warning that is too long keeps what is to be done', (t) => {
  const message = `${'word '.repeat(30)}; needs 45 to 60s`
  const rule = ruleOf('require-better', () => [{ message, path: '/spec/replicas', container: 'web' }])
  const [line = ''] = warnings(deployment(), {}, row(rule))
  t.match(line, /^\[require-better\] container web: word .*\.\.\.; needs 45 to 60s$/)
  t.ok(line.length <= 120)
  t.end()
})

t.test('a field that has no room in a warning of 120 characters is left out whole', (t) => {
  const said = (message: string) => {
    const rule = ruleOf('require-better', () => [{ message, path: '/spec/progressDeadlineSeconds' }])
    return warnings(deployment(), {}, row(rule))
  }
  const fits = 'x'.repeat(120 - '[require-better]  (progressDeadlineSeconds)'.length)
  t.strictSame(said(fits), [`[require-better] ${fits} (progressDeadlineSeconds)`])
  t.strictSame(said(`${fits}x`), [`[require-better] ${fits}x`])
  t.end()
})
