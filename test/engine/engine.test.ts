import fc from 'fast-check'
import t from 'tap'
import { authorshipOf, isAppliedBetween } from '../../src/engine/authorship.ts'
import { changeOf } from '../../src/engine/change.ts'
import { decide, strictest } from '../../src/engine/decide.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { matches, policiesFor } from '../../src/engine/match.ts'
import { told } from '../../src/engine/report-finding.ts'
import { waiverOf } from '../../src/engine/waiver.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { Verdict } from '../../src/model/finding.ts'
import type { Json, KubeObject } from '../../src/model/object.ts'
import type { Match, Policy } from '../../src/model/policy.ts'
import type { ChangeKind } from '../../src/model/request.ts'
import type { Evaluation, RuleResult } from '../../src/model/result.ts'
import { disallowBlockingDisruptionBudget } from '../../src/rules/disallow-blocking-disruption-budget.ts'
import { disallowOverlappingDisruptionBudgets } from '../../src/rules/disallow-overlapping-disruption-budgets.ts'
import {
  alice,
  alwaysFails,
  deployment,
  kindRuleOf,
  now,
  policy,
  request,
  row,
  ruleOf,
  update,
  webContainer,
  world,
} from './scene.ts'

const passes = ruleOf('require-good', () => [])
const fails = alwaysFails('require-better')
const day = 86_400_000
const id = disallowBlockingDisruptionBudget.id

/** The findings of a rule, wherever they are. */
function findingsOf({ results }: Evaluation, id: string) {
  return results.flatMap((result) => (result.rule === id && result.status === 'fail' ? result.findings : []))
}

function only({ results }: Evaluation): RuleResult {
  const [result] = results
  if (result === undefined || results.length !== 1) throw new Error(`${results.length} results`)
  return result
}

t.test('every enabled rule of a policy answers once: pass, fail, skip or error', (t) => {
  const skips = ruleOf('limit-other', () => ({ skip: 'not here' }))
  const throws = ruleOf('disallow-bug', () => {
    throw new Error('cannot read it')
  })
  const settles = ruleOf('limit-today', () => [], { settle: () => [[{ op: 'add', path: '/spec/replicas', value: 2 }]] })
  const rows = [throws, skips, settles, fails, passes].map((rule) => row(rule))
  const { results, object, decision, change } = evaluate(deployment(), world([policy(rows)]))
  t.strictSame(
    results.map(({ rule, status }) => [rule, status]),
    [
      ['disallow-bug', 'error'],
      ['limit-other', 'skip'],
      ['limit-today', 'pass'],
      ['require-better', 'fail'],
      ['require-good', 'pass'],
    ],
  )
  t.match(results[0], {
    error: 'cannot read it',
    verdict: 'deny',
    policy: 'test',
    enforcement: 'deny',
    severity: 'high',
  })
  t.match(results[1], { reason: 'not here' })
  t.strictSame(object, { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' })
  t.equal(decision, 'deny')
  t.equal(change, undefined, 'a file changes nothing')
  t.end()
})

t.test('a rule judges its own kind only', (t) => {
  const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: {} }
  const onServices = kindRuleOf('require-port', 'Service', () => [{ message: 'no port', path: '/spec' }])
  const both = world([policy([row(fails), row(onServices)])])
  t.strictSame(
    evaluate(service, both).results.map(({ rule }) => rule),
    ['require-port'],
  )
  t.strictSame(
    evaluate(deployment(), both).results.map(({ rule }) => rule),
    ['require-better'],
  )
  for (const [apiVersion, kind] of [
    ['batch/v1', 'Job'],
    ['batch/v1', 'CronJob'],
    ['v1', 'Pod'],
    ['apps/v1', 'ReplicaSet'],
  ] as const) {
    const metadata = { name: 'x', annotations: { 'helm.sh/hook': 'test' } }
    t.strictSame(evaluate({ apiVersion, kind, metadata, spec: {} }, both).results, [], `a ${kind} is nobody's business`)
  }
  t.end()
})

t.test('a rule that needs a kind which cannot be seen is skipped, never passed', (t) => {
  const needy = ruleOf('require-budget', () => [], { needs: ['PodDisruptionBudget.policy'] })
  const budget: KubeObject = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'x', namespace: 'shop' },
  }
  const judged = (objects: KubeObject[]) =>
    only(evaluate(deployment(), world([policy([row(needy)])], { view: viewOf(objects) })))
  t.match(judged([]), { status: 'skip', reason: /PodDisruptionBudget/ })
  t.match(judged([{ ...budget, metadata: { name: 'x', namespace: 'office' } }]), { status: 'skip' })
  t.match(judged([budget]), { status: 'pass' })
  t.end()
})

t.test('a rule that throws is an error, whose meaning the failurePolicy decides', (t) => {
  const bug = (thrown: unknown) =>
    ruleOf('disallow-bug', () => {
      throw thrown
    })
  const verdict = (rows: Parameters<typeof policy>[0], more = {}, object = deployment(), worldMore = {}) =>
    evaluate(object, world([policy(rows, more)], worldMore))
  const broken = row(bug(new TypeError('x')))
  t.equal(verdict([broken]).decision, 'deny', 'Fail: as strict as the rule')
  t.equal(verdict([{ ...broken, enforcement: 'warn' }]).decision, 'warn')
  t.equal(verdict([{ ...broken, enforcement: 'audit' }]).decision, 'admit')
  t.equal(verdict([broken], { failurePolicy: 'Ignore' }).decision, 'warn', 'Ignore: never refused, and said')
  t.match(only(verdict([row(bug('a string'))])), { status: 'error', error: 'a string' })
  t.match(only(verdict([row(bug(null))])), { status: 'error', error: 'null' })
  t.equal(verdict([{ ...broken, enforceAfter: now + 1 }]).decision, 'warn', 'before enforceAfter')
  const exempt = deployment({
    metadata: { annotations: { 'exempt.evenkeel.dev/disallow-bug': 'until=2026-12-01 reason=known' } },
  })
  t.equal(verdict([broken], {}, exempt).decision, 'warn', 'an exemption holds for errors, too')
  t.equal(
    verdict([broken], {}, deployment(), { request: update(deployment(), 'scale') }).decision,
    'warn',
    'a scale is never refused',
  )
  t.end()
})

t.test('enforcement turns a finding into a verdict', (t) => {
  const decisionOf = (more: object) => evaluate(deployment(), world([policy([row(fails, more)])])).decision
  t.equal(decisionOf({ enforcement: 'deny' }), 'deny')
  t.equal(decisionOf({ enforcement: 'warn' }), 'warn')
  t.equal(decisionOf({ enforcement: 'audit' }), 'admit')
  t.equal(decisionOf({ enforceAfter: now + day }), 'warn', 'until enforceAfter a deny is a warn')
  t.equal(decisionOf({ enforceAfter: now }), 'deny', 'from then on it is one')
  for (const enforceAfter of [now - day, now + day])
    t.equal(decisionOf({ enforcement: 'audit', enforceAfter }), 'admit', 'audit stays audit')
  t.equal(
    only(evaluate(deployment(), world([policy([row(fails, { enforceAfter: now + day })])]))).enforcement,
    'warn',
    'the result says what holds today',
  )
  t.end()
})

t.test('several policies judge side by side and the strictest decides', (t) => {
  const mild = policy([row(fails, { enforcement: 'warn' })], { name: 'mild' })
  const harsh = policy([row(fails)], { name: 'harsh' })
  const other = policy([row(fails)], { name: 'other', match: { namespaces: ['office'] } })
  const { results, decision } = evaluate(deployment(), world([mild, harsh, other]))
  t.strictSame(
    results.map(({ policy: name, enforcement }) => [name, enforcement]),
    [
      ['mild', 'warn'],
      ['harsh', 'deny'],
    ],
  )
  t.equal(decision, 'deny')
  t.equal(evaluate(deployment(), world([mild])).decision, 'warn')
  t.equal(evaluate(deployment(), world([other])).decision, 'admit', 'no policy is meant for it')
  t.equal(decide([]), 'admit')
  t.end()
})

t.test('the stricter of two verdicts does not depend on their order', (t) => {
  const verdicts: readonly Verdict[] = ['admit', 'warn', 'deny']
  for (const [i, a] of verdicts.entries()) {
    for (const [j, b] of verdicts.entries()) t.equal(strictest(a, b), verdicts[Math.max(i, j)])
  }
  t.end()
})

t.test('a message is the sentence, the field and the rule, printable and shorter than 160', (t) => {
  const messageOf = (message: string, path: string, rule = 'require-x', container?: string) =>
    told({ message, path, ...(container === undefined ? {} : { container }) }, rule).message
  t.equal(messageOf('it is wrong', '/spec/replicas'), 'it is wrong (spec.replicas) [require-x]')
  t.equal(messageOf('naïve\n\t→', '/a', 'require-x', 'wéb\n'), 'container w?b?: na?ve??? (a) [require-x]')
  const long = messageOf('word '.repeat(60), '/spec/template/spec/containers/0')
  t.match(long, /\.\.\. \(\.\.\.containers\[0\]\) \[require-x\]$/)
  t.equal(long.length, 159)
  const path = '/spec/template/spec/containers/0/livenessProbe/initialDelaySeconds'
  const probe = '30s; profile slow-starting needs 45 to 60s'
  t.equal(
    messageOf(probe, path, 'limit-probe-timing', 'orchestrator-service'),
    `container orchestrator-service: ${probe} (...spec.containers[0].livenessProbe.initialDelaySeconds) [limit-probe-timing]`,
    'the field gives way before the sentence does',
  )
  const longer = `${'word '.repeat(30)}; needs 45 to 60s`
  t.match(
    messageOf(longer, path, 'limit-probe-timing'),
    /^(word )+.*\.\.\.; needs 45 to 60s \(\.\.\.initialDelaySeconds\) \[limit-probe-timing\]$/,
    'and what it needs is never cut',
  )
  const named = messageOf(longer, path, 'limit-probe-timing', 'n'.repeat(63))
  t.match(
    named,
    /^container n{63}: word .*\.\.\.; needs 45 to 60s \(\.\.\.initialDelaySeconds\) \[limit-probe-timing\]$/,
    'nor is the name',
  )
  t.equal(named.length, 159)
  t.equal(messageOf(longer, path, 'limit-probe-timing', 'n'.repeat(9999)), named, 'unless no container may have it')
  t.end()
})

t.test('a finding points at what is there, and says whether the webhook repairs it', (t) => {
  const fix = [{ op: 'add' as const, path: '/spec/strategy/type', value: 'RollingUpdate' }]
  const rule = (more = {}) =>
    ruleOf('require-type', () => [{ message: 'no type', path: '/spec/strategy/type', fix }], more)
  const finding = (rows: Parameters<typeof policy>[0], object = deployment()) =>
    findingsOf(evaluate(object, world([policy(rows)])), 'require-type')[0]
  t.match(finding([row(rule())]), {
    path: '/spec',
    message: 'no type (spec.strategy.type) [require-type]',
    fix: { operations: fix, safe: true, atAdmission: true },
  })
  t.equal(finding([row(rule(), { fix: 'off' })])?.fix?.atAdmission, undefined)
  t.strictSame(
    finding([row(rule({ fix: 'opt-in' }))])?.fix,
    { operations: fix, safe: false, atAdmission: true },
    'a policy opted in',
  )
  t.strictSame(finding([row(rule({ fix: 'offer' }))])?.fix, { operations: fix, safe: false }, 'only offered')
  const chosen = deployment({ spec: { strategy: { type: 'Recreate' } } })
  t.strictSame(finding([row(rule())], chosen)?.fix, { operations: fix, safe: true }, 'an author chose it')
  t.equal(finding([row(rule())], chosen)?.path, '/spec/strategy/type')
  t.equal(finding([row(rule(), { fix: 'override' })], chosen)?.fix?.atAdmission, true)
  t.equal(
    findingsOf(
      evaluate(
        deployment(),
        world([policy([row(ruleOf('require-type', () => [{ message: 'x', path: '/spec', fix: [] }]))])]),
      ),
      'require-type',
    )[0]?.fix,
    undefined,
    'an empty fix is none',
  )
  t.end()
})

const exemption = (text: string, id = 'require-better') =>
  deployment({ metadata: { annotations: { [`exempt.evenkeel.dev/${id}`]: text } } })
const about = (evaluation: Evaluation) =>
  findingsOf(evaluation, 'disallow-invalid-exemption').map(({ message }) => message.replace(/ \(.*/, ''))

t.test('a valid exemption keeps the finding and takes its force', (t) => {
  for (const text of [
    'until=2026-12-01 reason=vendor image has no shell',
    'reason=vendor image has no shell until=2026-12-01',
  ]) {
    const evaluation = evaluate(exemption(text), world([policy([row(fails)])]))
    t.strictSame(findingsOf(evaluation, 'require-better')[0]?.exempt, {
      until: '2026-12-01',
      reason: 'vendor image has no shell',
    })
    t.equal(evaluation.decision, 'admit')
    t.strictSame(about(evaluation), [])
  }
  t.end()
})

t.test('an exemption that does not hold is a finding of its own, and the rule denies', (t) => {
  const cases: [string, string][] = [
    ['reason=x', 'exemption has no end; write until=YYYY-MM-DD'],
    ['until=2026-12-01', 'exemption gives no reason; write reason=WHY'],
    ['until=2026-12-01 reason=', 'exemption gives no reason; write reason=WHY'],
    ['until=2026-12-01 reason=   ', 'exemption gives no reason; write reason=WHY'],
    ['', 'exemption gives no reason; write reason=WHY'],
    [null as unknown as string, 'exemption gives no reason; write reason=WHY'],
    ['until=tomorrow reason=x', 'exemption: until is no date; write YYYY-MM-DD'],
    ['until=2026-02-30 reason=x', 'exemption: until is no date; write YYYY-MM-DD'],
    ['until=2026-12-01T00:00:00Z reason=x', 'exemption: until is no date; write YYYY-MM-DD'],
    ['until=2026-10-31 reason=x', 'exemption expired on 2026-10-31'],
    ['until=2027-01-31 reason=x', 'exemption until 2027-01-31 exceeds 90 days'],
    ['notuntil=2026-12-01 reason=x', 'exemption has no end; write until=YYYY-MM-DD'],
  ]
  for (const [text, message] of cases) {
    const evaluation = evaluate(exemption(text), world([policy([row(fails)])]))
    t.strictSame(about(evaluation), [message], text)
    t.equal(evaluation.decision, 'deny')
    t.equal(findingsOf(evaluation, 'require-better')[0]?.exempt, undefined)
  }
  t.end()
})

t.test('an exemption lasts to the end of its day in UTC, and at most as long as the policy says', (t) => {
  const at = (time: string, text: string) =>
    evaluate(exemption(text), world([policy([row(fails)])], { now: Date.parse(time) })).decision
  t.equal(at('2026-11-30T23:59:59.999Z', 'until=2026-11-30 reason=x'), 'admit')
  t.equal(at('2026-12-01T00:00:00Z', 'until=2026-11-30 reason=x'), 'deny')
  t.equal(at('2026-11-01T00:00:00Z', 'until=2027-01-30 reason=x'), 'admit', '90 days ahead')
  t.equal(at('2026-11-01T00:00:00Z', 'until=2027-01-31 reason=x'), 'deny', '91 days ahead')
  t.end()
})

t.test('an exemption that one policy does not need, another may', (t) => {
  const better = ruleOf('require-better', (_, { params }) =>
    'isStrict' in params ? [{ message: 'it is wrong', path: '/spec/replicas' }] : [],
  )
  const org = policy([row(better)], { name: 'org' })
  const team = policy([row(better, { params: { isStrict: true } })], { name: 'team' })
  const off = policy([row(passes)], { name: 'off', off: ['require-better'] })
  const judged = (...policies: Policy[]) => evaluate(exemption('until=2026-12-01 reason=x'), world(policies))
  for (const policies of [
    [org, team],
    [team, org],
  ]) {
    t.strictSame(about(judged(...policies)), [], 'without it, team would deny')
    t.equal(judged(...policies).decision, 'admit')
  }
  const perhaps = { ...team, match: { namespaceSelector: { matchLabels: { env: 'production' } } } }
  t.strictSame(about(judged(org, perhaps)), [], 'nobody knows whether team is meant')
  t.strictSame(about(judged(org, off)), ['exemption is not needed: the rule passes'], 'told once, by who asks')
  const locking = { ...org, exemptions: { locked: ['require-better'], maxDays: 90 } }
  t.strictSame(
    about(judged(locking, team)),
    ['exemption refused: the policy locks the rule'],
    'faults are each its own',
  )
  t.end()
})

t.test('locked, unneeded and mistyped exemptions are told', (t) => {
  const text = 'until=2026-12-01 reason=x'
  const locked = policy([row(fails)], { exemptions: { locked: ['require-better'], maxDays: 90 } })
  const refused = evaluate(exemption(text), world([locked]))
  t.strictSame(about(refused), ['exemption refused: the policy locks the rule'])
  t.equal(refused.decision, 'deny')
  t.strictSame(about(evaluate(exemption(text, 'require-good'), world([policy([row(passes)])]))), [
    'exemption is not needed: the rule passes',
  ])
  t.strictSame(about(evaluate(exemption(text, 'require-beter'), world([policy([row(fails)])]))), [
    'no such rule, did you mean "require-better"?',
  ])
  t.strictSame(
    about(evaluate(exemption(text, 'limit-off'), world([policy([row(passes)], { off: ['limit-off'] })]))),
    [],
    'a rule that is off needs no exemption, and may come back',
  )
  const onBudgets = policy([row(disallowBlockingDisruptionBudget)])
  t.strictSame(
    about(evaluate(exemption(text, id), world([onBudgets]))),
    ['exemption has no effect on this kind of object'],
    'it belongs on the budget',
  )
  const result = evaluate(exemption(text, 'require-beter'), world([policy([row(passes)])])).results.at(-1)
  t.match(result, { rule: 'disallow-invalid-exemption', enforcement: 'warn', severity: 'low', status: 'fail' })
  t.match(result, { findings: [{ path: '/metadata/annotations/exempt.evenkeel.dev~1require-beter', verdict: 'warn' }] })
  for (const wrong of [
    '',
    'until=2026-12-01',
    'reason=x',
    'until=x reason=x',
    'until=2026-01-01 reason=x',
    'until=2027-10-01 reason=x',
    text,
  ]) {
    const [said] = findingsOf(evaluate(exemption(wrong, id), world([onBudgets])), 'disallow-invalid-exemption')
    t.notMatch(said?.message, /\.\.\./, `no sentence is cut, even for the longest id: ${wrong}`)
  }
  t.end()
})

t.test('an exemption from a name that every object inherits is none', (t) => {
  for (const id of ['constructor', '__proto__', 'toString']) {
    const annotations = JSON.parse(`{"exempt.evenkeel.dev/${id}": "until=2026-12-01 reason=x"}`) as object
    const evaluation = evaluate(deployment({ metadata: { annotations } }), world([policy([row(fails)])]))
    t.strictSame(about(evaluation), ['no such rule'])
    t.equal(evaluation.decision, 'deny')
  }
  t.end()
})

t.test('no annotation takes long to read', (t) => {
  for (const text of [
    `reason=${' '.repeat(250_000)}x`,
    ' until='.repeat(40_000),
    `${' reason='.repeat(30_000)}until=x `,
    'x'.repeat(250_000),
  ]) {
    const started = performance.now()
    evaluate(exemption(text), world([policy([row(fails)])]))
    t.ok(performance.now() - started < 500, text.slice(0, 9))
  }
  t.end()
})

t.test('what the old object had already only warns, by rule, container and path', (t) => {
  const noProbe = ruleOf('require-probe', ({ template }) =>
    (template.spec?.containers ?? []).flatMap(({ name, readinessProbe }, i) =>
      readinessProbe ? [] : [{ message: 'no probe', path: `/spec/template/spec/containers/${i}`, container: name }],
    ),
  )
  const bad = (name: string) => ({ name, image: 'x:2' })
  const good = (name: string) => ({ name, image: 'x:2', readinessProbe: { tcpSocket: { port: 80 } } })
  const judge = (before: readonly object[], after: readonly object[], more = {}) => {
    const oldObject = deployment({ containers: before })
    return evaluate(
      deployment({ containers: after }),
      world([policy([row(noProbe, more)])], { request: update(oldObject) }),
    )
  }
  const known = judge([bad('web')], [bad('web')])
  t.equal(known.decision, 'warn')
  t.match(findingsOf(known, 'require-probe')[0], { known: true, verdict: 'warn' })
  t.equal(only(known).status, 'fail', 'the status stays what it is')
  t.equal(judge([good('web')], [bad('web')]).decision, 'deny', 'new on this container')
  t.equal(judge([bad('web')], [bad('web'), bad('log')]).decision, 'deny', 'a new container is no old sin')
  t.equal(
    judge([good('log'), bad('web')], [bad('web'), good('log')]).decision,
    'warn',
    'the order of containers does not matter',
  )
  t.equal(
    judge([bad('web')], [bad('web')], { enforceAfter: now - day }).decision,
    'deny',
    'enforceAfter ends the grace',
  )
  t.equal(judge([bad('web')], [bad('web')], { enforceAfter: now + day }).decision, 'warn')
  t.equal(judge([bad('web')], [bad('web')], { enforcement: 'audit' }).decision, 'admit')
  t.end()
})

t.test('one field can be against several things: what is new there is no old sin', (t) => {
  const ports = ruleOf('require-port', ({ replicas = 1 }) =>
    ['web 80', 'web 9090']
      .slice(0, replicas)
      .map((against) => ({ message: 'no port', path: '/spec/template', against })),
  )
  const at = (replicas: number) => deployment({ spec: { replicas } })
  const evaluation = evaluate(at(2), world([policy([row(ports)])], { request: update(at(1)) }))
  t.strictSame(
    findingsOf(evaluation, 'require-port').map(({ known, verdict }) => [known, verdict]),
    [
      [true, 'warn'],
      [undefined, 'deny'],
    ],
  )
  t.end()
})

t.test('a rule about the change has no old sins', (t) => {
  const cause = ruleOf('require-cause', () => [{ message: 'no cause', path: '/metadata' }], { about: 'change' })
  const evaluation = evaluate(deployment(), world([policy([row(cause)])], { request: update(deployment()) }))
  t.equal(evaluation.decision, 'deny')
  t.equal(findingsOf(evaluation, 'require-cause')[0]?.known, undefined)
  t.end()
})

t.test('a rule that cannot judge the old object excuses nothing', (t) => {
  const picky = ruleOf('require-spec', ({ object }) => {
    if (object.metadata.labels?.['odd']) throw new Error('odd')
    return [{ message: 'wrong', path: '/spec' }]
  })
  const oldObject = deployment({ metadata: { labels: { odd: 'yes' } } })
  t.equal(evaluate(deployment(), world([policy([row(picky)])], { request: update(oldObject) })).decision, 'deny')
  t.end()
})

const namespace = (name: string, labels?: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(labels ? { labels } : {}) },
})

t.test('a policy is meant for what all parts of its match fit', (t) => {
  const object = deployment({ metadata: { labels: { tier: 'web', team: 'shop' } } })
  const view = viewOf([namespace('shop', { env: 'production' }), namespace('office')])
  const blind = viewOf([])
  const cases: [Match, 'yes' | 'no' | 'unknown', string][] = [
    [{}, 'yes', 'an empty match'],
    [{ namespaces: ['shop'] }, 'yes', 'a name'],
    [{ namespaces: ['sh*'] }, 'yes', 'a glob'],
    [{ namespaces: ['office', '*p'] }, 'yes', 'one of several'],
    [{ namespaces: ['shop-*'] }, 'no', 'another glob'],
    [{ namespaces: [] }, 'no', 'a list of none'],
    [{ kinds: ['Deployment', 'StatefulSet'] }, 'yes', 'a kind'],
    [{ kinds: ['StatefulSet'] }, 'no', 'another kind'],
    [{ objectSelector: { matchLabels: { tier: 'web' } } }, 'yes', 'its labels'],
    [
      { objectSelector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['shop'] }] } },
      'no',
      'an expression',
    ],
    [{ namespaceSelector: { matchLabels: { env: 'production' } } }, 'yes', "the namespace's labels"],
    [{ namespaceSelector: { matchLabels: { env: 'staging' } } }, 'no', 'other labels of the namespace'],
    [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }, 'yes', 'the name as a label'],
    [{ namespaces: ['shop'], kinds: ['StatefulSet'] }, 'no', 'all parts must fit'],
    [{ exclude: { namespaces: ['shop-sandbox'] } }, 'yes', 'what is excluded is another'],
    [{ exclude: { kinds: ['Deployment'] } }, 'no', 'excluded by kind'],
    [
      { namespaces: ['shop'], exclude: { objectSelector: { matchLabels: { tier: 'web' } } } },
      'no',
      'excluded by label',
    ],
    [{ exclude: { namespaces: ['shop'], kinds: ['StatefulSet'] } }, 'yes', 'all parts of an exclusion must fit'],
  ]
  for (const [match, answer, why] of cases) t.equal(matches(match, object, view), answer, why)
  const unseen: [Match, 'yes' | 'no' | 'unknown', string][] = [
    [{ namespaceSelector: { matchLabels: { env: 'production' } } }, 'unknown', 'labels that are not in view'],
    [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } },
      'yes',
      'the name is known without them',
    ],
    [
      {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['shop'] }],
        },
      },
      'no',
      'and excluded by it',
    ],
    [{ namespaceSelector: {} }, 'yes', 'an empty selector asks for nothing'],
    [
      { namespaceSelector: { matchLabels: { env: 'production' } }, kinds: ['StatefulSet'] },
      'no',
      'another part settles it',
    ],
    [{ exclude: { namespaceSelector: { matchLabels: { env: 'sandbox' } } } }, 'unknown', 'it may be excluded'],
    [
      { exclude: { namespaceSelector: { matchLabels: { env: 'sandbox' } }, kinds: ['StatefulSet'] } },
      'yes',
      'it is not',
    ],
  ]
  for (const [match, answer, why] of unseen) t.equal(matches(match, object, blind), answer, why)
  const byName = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } }
  const unplaced: [Match, 'yes' | 'no' | 'unknown', string][] = [
    [{}, 'yes', 'an empty match'],
    [{ namespaces: ['shop'] }, 'unknown', 'a name'],
    [{ namespaces: ['shop-*'] }, 'unknown', 'a glob'],
    [{ namespaces: ['*'] }, 'yes', 'any name'],
    [{ namespaces: ['shop'], kinds: ['StatefulSet'] }, 'no', 'another part settles it'],
    [{ namespaces: ['shop'], namespaceSelector: {} }, 'unknown', 'an empty selector asks for nothing'],
    [{ namespaceSelector: byName }, 'unknown', 'the name as a label'],
    [{ namespaceSelector: { matchLabels: { env: 'production' } } }, 'unknown', "the namespace's labels"],
    [{ exclude: { namespaces: ['sandbox'] } }, 'yes', 'nothing says that it is excluded'],
    [{ exclude: { namespaceSelector: byName } }, 'yes', 'nor this'],
    [{ exclude: { kinds: ['Deployment'] } }, 'no', 'excluded by kind'],
    [{ namespaces: ['shop'], exclude: { namespaces: ['shop-sandbox'] } }, 'unknown', 'both'],
  ]
  for (const namespace of [undefined, '']) {
    const nameless = deployment({ metadata: { ...object.metadata, namespace } })
    for (const [match, answer, why] of unplaced) t.equal(matches(match, nameless, view), answer, why)
  }
  t.end()
})

t.test('a policy whose namespace labels are unknown skips, and says why', (t) => {
  const guarded = policy([row(fails), row(passes)], {
    match: { namespaceSelector: { matchLabels: { env: 'production' } } },
  })
  const { results, decision } = evaluate(deployment(), world([guarded]))
  t.strictSame(
    results.map(({ status }) => status),
    ['skip', 'skip'],
  )
  t.match(results[0], { reason: /namespaceSelector.*unknown/ })
  t.equal(decision, 'admit')
  const nameless = evaluate(deployment({ metadata: { namespace: undefined } }), world([guarded]))
  t.match(nameless.results, [{ status: 'skip', reason: /names no namespace: --namespace/ }, { status: 'skip' }])
  t.strictSame(nameless.policies, [{ name: 'test', matching: 'unknown' }])
  t.end()
})

t.test('a fallback is for what no other policy is meant for', (t) => {
  const shop = policy([], { name: 'shop', match: { namespaces: ['shop'] } })
  const rest = policy([], { name: 'rest', fallback: true })
  const names = (object: KubeObject) =>
    policiesFor([rest, shop], object, viewOf([])).map(({ policy: { name } }) => name)
  t.strictSame(names(deployment()), ['shop'])
  t.strictSame(names(deployment({ metadata: { namespace: 'office' } })), ['rest'])
  t.end()
})

t.test('a policy that may be meant leaves the object to the fallback, and skips beside it', (t) => {
  const guarded = policy([row(passes)], {
    name: 'guarded',
    match: { namespaceSelector: { matchLabels: { env: 'production' } } },
  })
  const rest = policy([row(fails)], { name: 'rest', fallback: true })
  const { results, decision, policies } = evaluate(deployment(), world([rest, guarded]))
  t.match(results, [
    { policy: 'guarded', status: 'skip' },
    { policy: 'rest', status: 'fail' },
  ])
  t.equal(decision, 'deny')
  t.strictSame(policies, [
    { name: 'guarded', matching: 'unknown' },
    { name: 'rest', matching: 'yes' },
  ])
  const shop = policy([], { name: 'shop', match: { namespaces: ['shop'] } })
  t.strictSame(evaluate(deployment(), world([rest, guarded, shop])).policies, [
    { name: 'guarded', matching: 'unknown' },
    { name: 'shop', matching: 'yes' },
  ])
  t.end()
})

t.test('the kind of change is told from the old object', (t) => {
  const base = deployment({ spec: { paused: false } })
  const restarted = {
    metadata: { labels: { app: 'web' }, annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-01' } },
  }
  const cases: [KubeObject, ChangeKind, string][] = [
    [base, 'none', 'the same spec'],
    [
      deployment({ metadata: { labels: { a: 'b' }, annotations: { x: 'y' } }, spec: { paused: false } }),
      'none',
      'labels and annotations',
    ],
    [{ ...base, status: { replicas: 3 } }, 'none', 'status'],
    [deployment({ spec: { paused: false, replicas: 9 } }), 'scale', 'replicas'],
    [deployment({ spec: { paused: true } }), 'pause', 'paused'],
    [deployment({ spec: { paused: true, replicas: 9 } }), 'pause', 'paused and scaled'],
    [deployment({ spec: { paused: false }, template: restarted }), 'restart', 'restartedAt'],
    [deployment({ spec: { paused: false, replicas: 9 }, template: restarted }), 'restart', 'restarted and scaled'],
    [
      deployment({ spec: { paused: false }, containers: [{ ...webContainer, image: 'shop/web:2' }] }),
      'template',
      'an image',
    ],
    [deployment({ spec: { paused: false }, pod: { terminationGracePeriodSeconds: 60 } }), 'template', 'a grace period'],
    [
      deployment({ spec: { paused: false }, template: { metadata: { labels: { app: 'web', x: 'y' } } } }),
      'template',
      'a label of the pods',
    ],
    [deployment({ spec: { paused: false, strategy: { type: 'Recreate' } } }), 'settings', 'the strategy'],
    [
      deployment({ spec: { paused: false, strategy: { type: 'Recreate' }, replicas: 9 } }),
      'settings',
      'the strategy and the replicas',
    ],
    [
      deployment({ spec: { paused: false, strategy: { type: 'Recreate' } }, template: restarted }),
      'template',
      'a restart that changes more is no mere restart',
    ],
  ]
  for (const [after, kind, why] of cases) t.equal(changeOf(base, after, viewOf([])), kind, why)
  const both = deployment({
    spec: { paused: false, template: { ...restarted, spec: { containers: [{ name: 'web', image: 'x' }] } } },
  })
  t.equal(changeOf(base, both, viewOf([])), 'template', 'an image beside restartedAt')
  t.equal(
    changeOf(deployment({ spec: { paused: false }, template: restarted }), base, viewOf([])),
    'restart',
    'taking restartedAt away is one more',
  )
  t.end()
})

t.test('other kinds change, too', (t) => {
  const rollout = (spec: object): KubeObject => ({
    ...deployment({ spec }),
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
  })
  t.equal(changeOf(rollout({}), rollout({ restartAt: '2026-11-01T00:00:00Z' }), viewOf([])), 'restart')
  const resumed = { restartAt: '2026-11-01T00:00:00Z', paused: false, replicas: 9 }
  t.equal(changeOf(rollout({}), rollout(resumed), viewOf([])), 'restart', 'resumed and scaled at once')
  t.equal(changeOf(rollout({}), rollout({ strategy: { canary: {} } }), viewOf([])), 'settings')
  const budget = (spec?: object): KubeObject => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'x' },
    ...(spec ? { spec } : {}),
  })
  t.equal(changeOf(budget({ minAvailable: 1 }), budget({ minAvailable: 2 }), viewOf([])), 'settings')
  t.equal(
    changeOf(budget({ replicas: 1 }), budget({ replicas: 2 }), viewOf([])),
    'settings',
    'replicas of what is no workload',
  )
  t.equal(changeOf(budget(), budget({}), viewOf([])), 'none', 'no spec and an empty one')
  t.end()
})

t.test('a way back is a template that an owned ReplicaSet carries', (t) => {
  const earlier = {
    metadata: { labels: { app: 'web', 'pod-template-hash': '5d4f' } },
    spec: { containers: [{ name: 'web', image: 'shop/web:1' }] },
  }
  const replicaSet = (owner: object | undefined, template: object = earlier): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-5d4f',
      namespace: 'shop',
      ...(owner
        ? { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', controller: true, ...owner }] }
        : {}),
    },
    spec: { template },
  })
  const back = deployment({ containers: [{ name: 'web', image: 'shop/web:1' }] })
  const change = (...sets: KubeObject[]) => changeOf(deployment(), back, viewOf(sets))
  t.equal(change(replicaSet({})), 'rollback')
  t.equal(change(), 'template', 'no ReplicaSet in view')
  t.equal(change(replicaSet({ name: 'api' })), 'template', 'that of another Deployment')
  t.equal(change(replicaSet({ kind: 'Rollout' })), 'template', 'that of another kind')
  t.equal(change(replicaSet({ controller: false })), 'template', 'an owner that does not control')
  t.equal(change(replicaSet(undefined)), 'template', 'nobody owns it: anybody could have written it')
  t.equal(
    change(replicaSet({}, { ...earlier, spec: { containers: [{ name: 'web', image: 'shop/web:0' }] } })),
    'template',
    'another template',
  )
  t.equal(
    change({ ...replicaSet({}), metadata: { ...replicaSet({}).metadata, namespace: 'office' } }),
    'template',
    'another namespace',
  )
  const restarted = {
    ...earlier.metadata,
    annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-21T12:00:00Z' },
  }
  t.equal(change(replicaSet({}, { ...earlier, metadata: restarted })), 'rollback', 'restarted in between')
  const labelled = { labels: { app: 'web', 'rollouts-pod-template-hash': '5d4f' } }
  const canary = replicaSet({ kind: 'Rollout' }, { ...earlier, metadata: labelled })
  const rollout = (object: KubeObject) => ({ ...object, apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' })
  t.equal(changeOf(rollout(deployment()), rollout(back), viewOf([canary])), 'rollback', "Argo's own label")
  t.end()
})

t.test('of a StatefulSet and a DaemonSet it is a template that an owned ControllerRevision carries', (t) => {
  for (const kind of ['StatefulSet', 'DaemonSet']) {
    const at = (image: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: 'db', namespace: 'shop' },
      spec: { template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image }] } } },
    })
    // As the controllers write it: a patch of the owner, with a directive for it.
    const { template } = at('shop/db:1')['spec'] as { template: object }
    const revision = (name: string): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: 'db-7f6c',
        namespace: 'shop',
        ownerReferences: [{ apiVersion: 'apps/v1', kind, name, controller: true }],
      },
      data: { spec: { template: { ...template, $patch: 'replace' } } },
    })
    const change = (image: string, name = 'db') => changeOf(at('shop/db:2'), at(image), viewOf([revision(name)]))
    t.equal(change('shop/db:1'), 'rollback', kind)
    t.equal(change('shop/db:0'), 'template', 'another template')
    t.equal(change('shop/db:1', 'cache'), 'template', 'that of another owner')
  }
  t.end()
})

t.test('what starts no new pods, and ways back, are never refused', (t) => {
  const unknownBefore = ruleOf('require-new', ({ object }) =>
    object === before ? [] : [{ message: 'new', path: '/spec' }],
  )
  const before = deployment({ spec: { replicas: 1 } })
  for (const change of ['none', 'scale', 'pause', 'restart', 'rollback'] as const) {
    const evaluation = evaluate(
      deployment(),
      world([policy([row(unknownBefore)])], { request: update(before, change) }),
    )
    t.equal(evaluation.decision, 'warn', `${change}: told, not refused`)
    t.equal(evaluation.waived, change)
    t.equal(evaluation.change, change)
  }
  for (const change of ['template', 'settings'] as const) {
    const evaluation = evaluate(
      deployment(),
      world([policy([row(unknownBefore)])], { request: update(before, change) }),
    )
    t.equal(evaluation.decision, 'deny', change)
    t.equal(evaluation.waived, undefined)
  }
  t.end()
})

t.test('nor are objects on their way out, controllers at their work, and those who may break the glass', (t) => {
  const open = policy([], {
    bypass: { controllers: ['system:serviceaccount:argo-rollouts:*'], users: ['root', 'oncall-*'], groups: ['sre'] },
  })
  const controlled = { ownerReferences: [{ apiVersion: 'x/v1', kind: 'Canary', name: 'web', controller: true }] }
  const owned = { ownerReferences: [{ apiVersion: 'x/v1', kind: 'Canary', name: 'web' }] }
  const reason = { annotations: { 'evenkeel.dev/bypass-reason': 'INC-42' } }
  const by = (username: string, ...groups: string[]) => ({ user: { username, groups } })
  const argo = by('system:serviceaccount:argo-rollouts:argo-rollouts')
  const rollout = { ...deployment(), apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }
  const cases: [KubeObject, ReturnType<typeof by>, string | undefined, string][] = [
    [deployment(), by('alice'), undefined, 'anybody'],
    [
      deployment(),
      by('system:kube-controller-manager'),
      'controller system:kube-controller-manager',
      'the controller manager',
    ],
    [
      deployment(),
      by('system:serviceaccount:kube-system:deployment-controller'),
      'controller system:serviceaccount:kube-system:deployment-controller',
      'a controller of its own account',
    ],
    [
      deployment(),
      by('system:serviceaccount:shop:deployment-controller'),
      undefined,
      'the same name in another namespace',
    ],
    [
      deployment({ metadata: controlled }),
      argo,
      `controller ${argo.user.username}`,
      'a delivery controller on what an object controls',
    ],
    [rollout, argo, `controller ${argo.user.username}`, 'and on a Rollout'],
    [deployment(), argo, undefined, 'not on anything else'],
    [deployment({ metadata: owned }), argo, undefined, 'nor on what is merely owned'],
    [deployment({ metadata: controlled }), by('alice'), undefined, 'nor anybody else on it'],
    [deployment({ metadata: reason }), by('root'), 'bypass by root: INC-42', 'a user with a reason'],
    [deployment({ metadata: reason }), by('oncall-7'), 'bypass by oncall-7: INC-42', 'a glob of users'],
    [deployment({ metadata: reason }), by('bob', 'dev', 'sre'), 'bypass by bob: INC-42', 'a group with a reason'],
    [deployment(), by('root'), undefined, 'without a reason nobody'],
    [
      deployment({ metadata: { annotations: { 'evenkeel.dev/bypass-reason': '  ' } } }),
      by('root'),
      undefined,
      'blanks are no reason',
    ],
    [
      deployment({ metadata: { labels: { 'evenkeel.dev/bypass': 'true' }, ...reason } }),
      by('alice', 'dev'),
      undefined,
      'a label or a reason alone opens nothing',
    ],
  ]
  for (const [object, who, waived, why] of cases) t.equal(waiverOf(open, object, request(who)), waived, why)
  const given = (text: string) => deployment({ metadata: { annotations: { 'evenkeel.dev/bypass-reason': text } } })
  const changing = (from: KubeObject, to: KubeObject) =>
    waiverOf(open, to, { ...update(from, 'template'), ...by('root') })
  t.equal(changing(deployment(), given('INC-42')), 'bypass by root: INC-42', 'a reason that comes with the change')
  t.equal(changing(given('INC-42'), given('INC-43')), 'bypass by root: INC-43', 'a new one')
  t.equal(changing(given('INC-42'), given('INC-42 ')), undefined, 'the one that was there before')
  t.equal(changing(given('INC-42'), deployment()), undefined, 'taking it away is no reason')
  const leaving = deployment({ metadata: { deletionTimestamp: '2026-11-01T00:00:00Z' } })
  t.equal(waiverOf(open, deployment(), update(leaving)), 'deletion', 'finalizers must come off')
  const denied = policy([row(fails)], { bypass: open.bypass })
  const broken = evaluate(deployment({ metadata: reason }), world([denied], { request: request(by('root')) }))
  t.equal(broken.decision, 'warn')
  t.equal(broken.waived, 'bypass by root: INC-42')
  t.end()
})

const defaults = (path: string) =>
  new Map<string, number | string>([
    ['/spec/replicas', 1],
    ['/spec/strategy/rollingUpdate/maxSurge', '25%'],
  ]).get(path)
const strategy = { strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '50%' } } }

t.test('in a file what stands there was written', (t) => {
  const { wrote, omitted } = authorshipOf(deployment({ spec: strategy }), defaults, false)
  t.ok(wrote('/spec/strategy/rollingUpdate/maxSurge'), 'even if it is the default')
  t.notOk(wrote('/spec/paused'))
  t.ok(omitted('/spec/paused'), 'and what does not was left out')
  t.notOk(omitted('/spec/strategy/rollingUpdate/maxSurge'))
  t.ok(
    authorshipOf(deployment({ spec: { replicas: null } }), defaults, false).omitted('/spec/replicas'),
    'null is nothing',
  )
  t.notOk(wrote('/spec/constructor'))
  t.end()
})

t.test('in a request a value that is the default was written only if an apply says so', (t) => {
  const maxSurge = '/spec/strategy/rollingUpdate/maxSurge'
  const seen = (metadata: object) =>
    authorshipOf(deployment({ metadata, spec: { ...strategy, replicas: 1 } }), defaults, true).wrote
  t.notOk(seen({})(maxSurge))
  t.ok(seen({})('/spec/strategy/rollingUpdate/maxUnavailable'), 'a value that is no default somebody chose')
  t.ok(seen({})('/spec/template/spec/containers/0/image'), 'what has no default somebody wrote')
  t.notOk(seen({})('/spec/paused'), 'what is not there nobody wrote')
  const applied = (spec: unknown) => ({
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': typeof spec === 'string' ? spec : JSON.stringify({ spec }),
    },
  })
  t.ok(seen(applied({ strategy: { rollingUpdate: { maxSurge: '25%' } } }))(maxSurge), 'kubectl apply')
  t.notOk(seen(applied({ strategy: { rollingUpdate: {} } }))(maxSurge))
  t.notOk(seen(applied({ strategy: { rollingUpdate: { maxSurge: 1 } } }))(maxSurge), 'another value was applied')
  t.notOk(seen(applied({ strategy: { rollingUpdate: { maxSurge: null } } }))(maxSurge), 'an applied null is nothing')
  t.notOk(seen(applied('{broken'))(maxSurge), 'what cannot be read says nothing')
  t.notOk(seen(applied('null'))(maxSurge))
  const fields = { 'f:spec': { 'f:strategy': { 'f:rollingUpdate': { 'f:maxSurge': {} } } } }
  const managed = (entry: object) => ({
    managedFields: [{ manager: 'argocd', operation: 'Apply', fieldsV1: fields, ...entry }],
  })
  t.ok(seen(managed({}))(maxSurge), 'server-side apply')
  t.notOk(seen(managed({ operation: 'Update' }))(maxSurge), 'an Update lists defaults, too')
  t.notOk(seen(managed({ subresource: 'scale' }))(maxSurge), 'that of a subresource')
  t.notOk(seen(managed({ fieldsV1: { 'f:spec': { 'f:replicas': {} } } }))(maxSurge), 'another field')
  t.notOk(seen(managed({ fieldsV1: undefined }))(maxSurge))
  t.end()
})

t.test(
  'a write applies a field if its manifest, or the entry of a manager that applies, is not the one of before',
  (t) => {
    const replicas = '/spec/replicas'
    const lastApplied = (spec: object) =>
      deployment({
        metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) } },
      })
    const managed = (...entries: readonly object[]) =>
      deployment({
        metadata: {
          managedFields: entries.map((entry) => ({
            manager: 'alice',
            operation: 'Apply',
            time: '2026-11-01T10:00:00Z',
            fieldsV1: { 'f:spec': { 'f:replicas': {} } },
            ...entry,
          })),
        },
      })
    const later = { time: '2026-11-01T11:00:00Z' }
    const cases: [string, boolean, KubeObject, KubeObject][] = [
      ['first kubectl apply', true, deployment(), lastApplied({ replicas: 2 })],
      ['another manifest', true, lastApplied({ replicas: 2, paused: true }), lastApplied({ replicas: 2 })],
      ['a write that is no apply', false, lastApplied({ replicas: 2 }), lastApplied({ replicas: 2 })],
      ['a manifest without the field', false, lastApplied({ replicas: 2 }), lastApplied({})],
      ['an applied null', false, lastApplied({}), lastApplied({ replicas: null })],
      ['no record', false, deployment(), deployment()],
      ['first server-side apply', true, deployment(), managed({})],
      ['another one', true, managed({}), managed(later)],
      ['that of another manager', true, managed({}), managed({}, { manager: 'bob' })],
      ['one without the field', false, managed({}), managed({}, { manager: 'bob', fieldsV1: {} })],
      ['an update', false, managed({}), managed({}, { manager: 'kubectl-set', operation: 'Update', ...later })],
      ['an update that takes other fields over', false, managed({}, { manager: 'bob' }), managed({})],
    ]
    for (const [name, expected, before, after] of cases)
      t.equal(isAppliedBetween(before, after, replicas), expected, name)
    t.end()
  },
)

t.test(
  'in a request a default was left to the API server if what was applied lacks it; of what was only created nobody knows',
  (t) => {
    const replicas = '/spec/replicas'
    const seen = (metadata: object, value: number | null = 1) =>
      authorshipOf(deployment({ metadata, spec: { replicas: value } }), defaults, true).omitted
    const selector = { matchLabels: { app: 'web' } }
    const applied = (spec: object) => ({
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ spec }) },
    })
    t.notOk(seen({})(replicas), "created: the 1 may be an author's")
    t.ok(seen({}, null)(replicas), 'what is not there nobody wrote')
    t.ok(seen(applied({ selector }))(replicas), 'kubectl apply')
    t.notOk(seen(applied({ selector }), 3)(replicas), 'a value that is no default somebody chose')
    t.notOk(seen(applied({ selector, replicas: 1 }))(replicas))
    const managed = (spec: object, operation = 'Apply') => ({
      managedFields: [{ manager: 'helm', operation, fieldsV1: { 'f:spec': spec } }],
    })
    t.ok(seen(managed({ 'f:selector': {} }))(replicas), 'server-side apply')
    t.notOk(seen(managed({ 'f:selector': {}, 'f:replicas': {} }))(replicas))
    t.notOk(seen(managed({ 'f:selector': {} }, 'Update'))(replicas), 'an Update tells nothing')
    t.notOk(seen(managed({ 'f:paused': {} }))(replicas), "nor does who applies one field of another's manifest")
    t.end()
  },
)

t.test('what no request brought a webhook filled in, as far as there is a record of what requests brought', (t) => {
  const hook = '/spec/template/spec/containers/1/lifecycle/preStop'
  const grace = '/spec/template/spec/terminationGracePeriodSeconds'
  const containers = [{ name: 'log' }, { ...webContainer, lifecycle: { preStop: { sleep: { seconds: 5 } } } }]
  const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
  const manifest = (more: object = {}, pod: object = {}) =>
    JSON.stringify(deployment({ containers: [{ ...webContainer, ...more }], pod }))
  const entry = (operation: string, pod: object, more: object = {}) => ({
    operation,
    fieldsV1: { 'f:spec': { 'f:selector': {}, 'f:template': { 'f:spec': pod } }, ...more },
  })
  const patched = (pod: object) => ({
    operation: 'Update',
    fieldsV1: { 'f:spec': { 'f:template': { 'f:spec': pod } } },
  })
  const noted = { 'f:metadata': { 'f:annotations': { [`f:${lastApplied}`]: {} } } }
  const web = (fields: object) => ({ 'f:containers': { 'k:{"name":"web"}': fields } })
  const byKubectl = entry('Update', { 'f:terminationGracePeriodSeconds': {}, ...web({ 'f:image': {} }) }, noted)
  const sleep = { 'f:lifecycle': { 'f:preStop': { 'f:sleep': {} } } }
  const seen = (managedFields: readonly object[], annotation?: string) => {
    const annotations = annotation === undefined ? {} : { [lastApplied]: annotation }
    const object = deployment({
      metadata: { annotations, managedFields },
      containers,
      pod: { terminationGracePeriodSeconds: 45 },
    })
    const { isFilledIn } = authorshipOf(object, defaults, true)
    return { hook: isFilledIn(hook), grace: isFilledIn(grace) }
  }
  const both = { hook: true, grace: true }
  const onlyHook = { hook: true, grace: false }
  const neither = { hook: false, grace: false }
  t.strictSame(seen([byKubectl], manifest()), both, 'kubectl apply is on record for defaults that its manifest lacks')
  t.strictSame(seen([byKubectl], manifest({}, { terminationGracePeriodSeconds: 45 })), onlyHook, 'the manifest has it')
  t.strictSame(
    seen([byKubectl], manifest({ lifecycle: { preStop: {} } })),
    { hook: false, grace: true },
    'whatever others put before the container',
  )
  t.strictSame(seen([entry('Apply', {})]), both, 'server-side apply')
  t.strictSame(seen([entry('Apply', web(sleep))]), { hook: false, grace: true })
  const edited = patched({ 'f:terminationGracePeriodSeconds': {} })
  t.strictSame(seen([byKubectl, edited], manifest()), onlyHook, 'kubectl edit or patch beside kubectl apply')
  t.strictSame(seen([entry('Apply', {}), patched(web(sleep))]), { hook: false, grace: true }, 'and server-side apply')
  t.strictSame(seen([byKubectl]), onlyHook, 'created or by helm upgrade: of defaults nobody knows')
  t.strictSame(seen([], manifest()), neither, 'no record')
  t.strictSame(seen([edited], manifest()), neither, 'a record that begins with a later write')
  t.strictSame(seen([entry('Apply', { 'f:containers': {} })]), { hook: false, grace: true }, 'a list owned as a whole')
  t.notOk(authorshipOf(deployment(), defaults, true).isFilledIn(grace), 'what is not there')
  const byDefault = deployment({ metadata: { managedFields: [entry('Apply', {})] }, spec: { replicas: 1 } })
  t.notOk(authorshipOf(byDefault, defaults, true).isFilledIn('/spec/replicas'), 'a default')
  t.notOk(authorshipOf(deployment({ containers }), defaults, false).isFilledIn(hook), 'in a file')
  t.end()
})

t.test('managedFields name the items of a list by their keys', (t) => {
  const owned = (fields: object) => ({
    managedFields: [
      { operation: 'Apply', fieldsV1: { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': fields } } } } },
    ],
  })
  const containers = [
    { name: 'log' },
    { name: 'web', image: 'shop/web:1', ports: [{ containerPort: 80, protocol: 'TCP' }] },
  ]
  const image = '/spec/template/spec/containers/1/image'
  const isOwned = (fields: object, path = image) =>
    isAppliedBetween(deployment(), deployment({ metadata: owned(fields), containers }), path)
  t.ok(isOwned({ 'k:{"name":"web"}': { '.': {}, 'f:image': {} } }))
  t.notOk(isOwned({ 'k:{"name":"log"}': { 'f:image': {} } }), 'another container')
  t.notOk(isOwned({ 'k:{"name":"web"}': { 'f:command': {} } }), 'another field')
  t.notOk(isOwned({ 'k:{broken': { 'f:image': {} } }), 'a key that cannot be read is that of nothing')
  t.notOk(isOwned({ 'k:{}': { 'f:image': {} } }))
  const port = '/spec/template/spec/containers/1/ports/0/containerPort'
  t.ok(
    isOwned(
      { 'k:{"name":"web"}': { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { 'f:containerPort': {} } } } },
      port,
    ),
    'a key of two fields',
  )
  t.notOk(
    isOwned(
      { 'k:{"name":"web"}': { 'f:ports': { 'k:{"containerPort":80,"protocol":"UDP"}': { 'f:containerPort': {} } } } },
      port,
    ),
  )
  t.end()
})

const label = { app: 'web' }
const budgetOf = (spec: Json, metadata: object = {}): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace: 'shop', ...metadata },
  spec: { selector: { matchLabels: label }, ...(spec as object) },
})
const hpaOf = (minReplicas: number): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { minReplicas, maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
})
const scaled = (replicas: number) => deployment({ spec: { replicas } })

t.test('a write to a workload is told which budgets it newly turns into blocking ones', (t) => {
  const rules = policy([row(disallowBlockingDisruptionBudget), row(passes)])
  const write = (after: KubeObject, before: KubeObject, view: KubeObject[], policies = [rules]) =>
    evaluate(after, world(policies, { view: viewOf(view), request: update(before, 'settings') }))
  const budget = budgetOf({ minAvailable: 2 })
  const breaks = write(scaled(2), scaled(3), [scaled(3), budget])
  t.equal(breaks.decision, 'deny')
  const [finding] = findingsOf(breaks, id)
  t.match(finding, {
    object: { kind: 'PodDisruptionBudget', name: 'web', namespace: 'shop' },
    path: '/spec/minAvailable',
    verdict: 'deny',
  })
  t.match(finding?.message, /^minAvailable 2 of 2 pods/)
  t.strictSame(
    breaks.results.map(({ rule }) => rule),
    ['require-good', id],
    'beside the results of the workload itself',
  )
  t.equal(write(scaled(4), scaled(3), [scaled(3), budget]).decision, 'admit', 'a write that breaks nothing')
  t.equal(write(scaled(1), scaled(2), [scaled(2), budget]).decision, 'admit', 'one that blocked before is no news')
  t.equal(
    write(scaled(1), scaled(2), [budget]).decision,
    'admit',
    'the old object counts even if the view has not seen it yet',
  )
  t.equal(
    write(scaled(2), scaled(3), [scaled(3), budgetOf({ minAvailable: 2 }, { namespace: 'office' })]).decision,
    'admit',
    'budgets of another namespace are not asked',
  )
  t.equal(
    evaluate(scaled(2), world([rules], { view: viewOf([budget]), request: request() })).decision,
    'deny',
    'a creation, too',
  )
  t.equal(
    evaluate(scaled(2), world([rules], { view: viewOf([budget]) })).decision,
    'admit',
    'a file is no write: the budget carries the finding there',
  )
  t.equal(
    write(deployment({ spec: { replicas: 3 }, template: { metadata: { labels: { app: 'api' } } } }), scaled(3), [
      scaled(3),
      budget,
      { ...scaled(2), metadata: { name: 'b', namespace: 'shop' } },
    ]).decision,
    'deny',
    'pods that leave the budget by their labels',
  )
  t.end()
})

t.test('a write to an autoscaler is, too', (t) => {
  const rules = policy([row(disallowBlockingDisruptionBudget)])
  const view = viewOf([scaled(5), hpaOf(3), budgetOf({ minAvailable: 2 })])
  const lowered = evaluate(hpaOf(2), world([rules], { view, request: update(hpaOf(3), 'settings') }))
  t.equal(lowered.decision, 'deny')
  t.strictSame(
    lowered.results.map(({ rule, status }) => [rule, status]),
    [[id, 'fail']],
  )
  t.equal(evaluate(hpaOf(4), world([rules], { view, request: update(hpaOf(3), 'settings') })).decision, 'admit')
  t.end()
})

t.test('a write to a workload is told when its labels come to lie under two budgets', (t) => {
  const rules = policy([row(disallowOverlappingDisruptionBudgets)])
  const labelled = (labels: Readonly<Record<string, string>>) => deployment({ template: { metadata: { labels } } })
  const front = budgetOf({ selector: { matchLabels: { tier: 'front' } } }, { name: 'front' })
  const told = (before: KubeObject, after: KubeObject) => {
    const view = viewOf([before, budgetOf({ maxUnavailable: 1 }), front])
    const evaluation = evaluate(after, world([rules], { view, request: update(before) }))
    return findingsOf(evaluation, disallowOverlappingDisruptionBudgets.id).map(({ object, message }) => [
      object?.name,
      message.split(':')[0],
    ])
  }
  const both = { app: 'web', tier: 'front' }
  t.strictSame(told(labelled(label), labelled(both)), [
    ['web', 'budget front covers pods of Deployment web, too'],
    ['front', 'budget web covers pods of Deployment web, too'],
  ])
  t.strictSame(told(labelled(both), labelled({ ...both, version: '2' })), [], 'it was so before')
  t.strictSame(told(labelled(both), labelled(label)), [], 'one of the two is rid of it')
  t.end()
})

t.test('what a write breaks counts by the policies meant for what is broken', (t) => {
  const view = viewOf([scaled(3), budgetOf({ minAvailable: 2 })])
  const judge = (match: Match, more = {}) =>
    evaluate(
      scaled(2),
      world([policy([row(disallowBlockingDisruptionBudget)], { match, ...more })], {
        view,
        request: update(scaled(3), 'settings'),
      }),
    ).decision
  t.equal(judge({ kinds: ['PodDisruptionBudget'] }), 'deny', 'a policy for budgets only')
  t.equal(judge({ kinds: ['Deployment'] }), 'admit', 'a policy that leaves budgets alone')
  t.equal(judge({ namespaces: ['office'] }), 'admit')
  const rules = [row(disallowBlockingDisruptionBudget)]
  const beside = policy([row(passes)], { name: 'budgets', match: { kinds: ['PodDisruptionBudget'] } })
  const apart = [policy(rules, { match: { kinds: ['Deployment'] } }), beside]
  const write = { view, request: update(scaled(3), 'settings') }
  t.equal(evaluate(scaled(2), world(apart, write)).decision, 'admit', "another policy's budgets")
  const [exempt] = [
    budgetOf({ minAvailable: 2 }, { annotations: { [`exempt.evenkeel.dev/${id}`]: 'until=2026-12-01 reason=quorum' } }),
  ]
  const exempted = evaluate(
    scaled(2),
    world([policy([row(disallowBlockingDisruptionBudget)])], {
      view: viewOf([scaled(3), exempt]),
      request: update(scaled(3), 'settings'),
    }),
  )
  t.equal(exempted.decision, 'admit', "the budget's own exemption holds")
  t.match(findingsOf(exempted, id)[0], { exempt: { reason: 'quorum' } })
  const scale = evaluate(
    scaled(2),
    world([policy([row(disallowBlockingDisruptionBudget)])], { view, request: update(scaled(3), 'scale') }),
  )
  t.equal(scale.decision, 'warn', 'a scale is told and never refused')
  t.end()
})

t.test('a rule that throws over something else that a write affects is an error, too', (t) => {
  const bug = kindRuleOf(
    'disallow-bug',
    'PodDisruptionBudget.policy',
    () => {
      throw new Error('broken')
    },
    { affectedBy: ['Deployment.apps'] },
  )
  const evaluation = evaluate(
    deployment(),
    world([policy([row(bug)])], { view: viewOf([budgetOf({})]), request: request() }),
  )
  t.match(only(evaluation), { status: 'error', error: 'broken', verdict: 'deny' })
  t.equal(evaluation.decision, 'deny')
  t.end()
})

t.test('an evaluation is pure: the same arguments give the same answer and stay as they are', (t) => {
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  const keys = fc.constantFrom(
    'app',
    'constructor',
    '__proto__',
    'kubernetes.io/change-cause',
    'exempt.evenkeel.dev/require-better',
  )
  fc.assert(
    fc.property(fc.dictionary(keys, fc.string(), { noNullPrototype: false }), fc.nat(3), (metadata, replicas) => {
      const object = deployment({ metadata: { labels: metadata, annotations: metadata }, spec: { replicas } })
      const given = world([policy([row(fails), row(disallowBlockingDisruptionBudget)])], {
        view: viewOf([budgetOf({ minAvailable: 1 })]),
        request: update(scaled(2), 'settings', { user: alice }),
      })
      freeze(object)
      freeze(given.policies)
      t.strictSame(evaluate(object, given), evaluate(object, given))
    }),
    { numRuns: 200 },
  )
  t.end()
})
