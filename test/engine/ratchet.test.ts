import fc from 'fast-check'
import t from 'tap'
import { changeOf } from '../../src/engine/change.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import { limitMaxSurge } from '../../src/rules/limit-max-surge.ts'
import { limitMaxUnavailable } from '../../src/rules/limit-max-unavailable.ts'
import { deployment, policy, row, ruleOf, strictRows, update, webContainer, world } from './scene.ts'

const image = { ...webContainer, image: 'shop/web:1.6.0' }

/** What the webhook makes of a rule's findings on an update: `known`, or what it means. */
function verdicts(rule: string, before: KubeObject, after: KubeObject, defaulted = true): string[] {
  const change = changeOf(before, after, viewOf([]))
  const rows = strictRows('off').filter((each) => each.rule.id === rule)
  const { results } = evaluate(after, world([policy(rows)], { request: update(before, change), defaulted }))
  return results.flatMap((result) =>
    result.status === 'fail' ? result.findings.map(({ known, verdict }) => (known ? 'known' : verdict)) : [],
  )
}

t.test('a finding whose degree grows is as new; one that says no degree, or no higher one, is known', (t) => {
  const degrees = new Map([
    ['as it was', [5, 5]],
    ['better', [5, 4]],
    ['said only now', [undefined, 7]],
    ['said no more', [5, undefined]],
    ['worse', [5, 6]],
  ])
  for (const [name, [then, now]] of degrees) {
    const rule = ruleOf('limit-web', ({ object }) => {
      const degree = object.metadata.labels?.['at'] === 'then' ? then : now
      return [{ message: 'too much', path: '/spec', ...(degree === undefined ? {} : { degree }) }]
    })
    const old = deployment({ metadata: { labels: { at: 'then' } } })
    const { decision } = evaluate(deployment(), world([policy([row(rule)])], { request: update(old) }))
    t.equal(decision, name === 'worse' ? 'deny' : 'warn', name)
  }
  t.end()
})

interface Rolling {
  readonly replicas?: number
  readonly maxUnavailable?: number | string
  readonly maxSurge?: number | string
}

const rolling = ({ replicas = 10, ...rollingUpdate }: Rolling, containers = [webContainer]) =>
  deployment({ spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }, containers })

t.test('a rollout that takes more pods away than before is refused', (t) => {
  const judge = (before: Rolling, after: Rolling) =>
    verdicts('limit-max-unavailable', rolling(before), rolling(after, [image]))
  const one = { maxUnavailable: 1, maxSurge: 1 }
  t.strictSame(judge(one, one), ['known'])
  t.strictSame(judge(one, { maxUnavailable: '100%', maxSurge: 0 }), ['deny'], 'all ten')
  t.strictSame(judge(one, { maxUnavailable: 2, maxSurge: 1 }), ['deny'])
  t.strictSame(judge(one, { maxUnavailable: '10%', maxSurge: 1 }), ['known'], 'one of ten in other words')
  t.strictSame(judge({ maxUnavailable: '50%' }, { maxUnavailable: 2 }), ['known'], 'fewer')
  t.strictSame(judge({ maxUnavailable: '25%' }, { maxUnavailable: '50%' }), ['deny'])
  t.strictSame(judge({ ...one, replicas: 10 }, { ...one, replicas: 2 }), ['known'], 'one of ten, one of two: a scale')
  t.strictSame(judge({ ...one, replicas: 10 }, { maxUnavailable: 2, replicas: 2 }), ['deny'], 'a scale and more')
  t.strictSame(judge({ ...one, replicas: 2 }, { maxUnavailable: 2, replicas: 10 }), ['known'], 'one of two, two of ten')
  t.end()
})

t.test('where nobody wrote how many replicas there are, a number counts as that of ten', (t) => {
  const open = (maxUnavailable: number | string, containers = [webContainer]) => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge: 1 } }
    return deployment({ spec: { replicas: undefined, strategy }, containers })
  }
  const judge = (before: number | string, after: number | string) =>
    verdicts('limit-max-unavailable', open(before), open(after, [image]), false)
  t.strictSame(judge(1, '100%'), ['deny'])
  t.strictSame(judge('50%', 3), ['known'])
  t.end()
})

t.test('no scale makes a rollout worse, whatever else the update brings', (t) => {
  const count = fc.integer({ min: 1, max: 40 })
  const amount = fc.oneof(
    fc.nat(12),
    fc.nat(100).map((percent) => `${percent}%`),
  )
  const isFound = (object: KubeObject) =>
    evaluate(object, world([policy([row(limitMaxUnavailable, { params: { max: 0 } })])])).decision === 'deny'
  fc.assert(
    fc.property(count, count, amount, amount, (before, after, maxUnavailable, maxSurge) => {
      const old = rolling({ replicas: before, maxUnavailable, maxSurge })
      const found = verdicts(
        'limit-max-unavailable',
        old,
        rolling({ replicas: after, maxUnavailable, maxSurge }, [image]),
      )
      t.ok(found.every((verdict) => verdict === 'known') || !isFound(old))
    }),
    { numRuns: 300 },
  )
  t.end()
})

const stopping = (sleep: number | undefined, grace: number, more = {}) => {
  const lifecycle = sleep === undefined ? {} : { lifecycle: { preStop: { sleep: { seconds: sleep } } } }
  return deployment({
    containers: [{ ...image, ...lifecycle, ...more }],
    pod: { terminationGracePeriodSeconds: grace },
  })
}

t.test('less time to finish after the hook than before is refused', (t) => {
  const judge = (before: KubeObject, after: KubeObject) => verdicts('limit-termination-budget', before, after)
  t.strictSame(judge(stopping(10, 14), stopping(10, 14)), ['known'])
  t.strictSame(judge(stopping(10, 14), stopping(60, 60)), ['deny'], 'four seconds, then none')
  t.strictSame(judge(stopping(10, 10), stopping(60, 62)), ['known'], 'none, then two')
  const probe = (seconds: number) => ({
    livenessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: seconds },
  })
  t.strictSame(judge(stopping(10, 60, probe(8)), stopping(10, 60, probe(1))), ['deny'], 'a probe that cuts it shorter')
  t.end()
})

t.test('a hook that sleeps less than before is refused', (t) => {
  const judge = (before: KubeObject, after: KubeObject) => verdicts('require-pre-stop-hook', before, after)
  t.strictSame(judge(stopping(4, 60), stopping(1, 60)), ['deny'])
  t.strictSame(judge(stopping(1, 60), stopping(4, 60)), ['known'])
  t.strictSame(judge(stopping(undefined, 60), stopping(undefined, 30)), ['known'], 'no hook is no hook')
  const bare = { image: 'gcr.io/distroless/web', lifecycle: { preStop: { exec: { command: ['sleep', '4'] } } } }
  t.strictSame(judge(stopping(4, 60), stopping(4, 60, bare)), ['deny'], 'one that cannot run any more')
  t.end()
})

t.test('fewer revisions, a shorter deadline and fewer requests than before are refused', (t) => {
  const judge = (rule: string, before: object, after: object) =>
    verdicts(rule, deployment({ spec: before }), deployment({ spec: after, containers: [image] }))
  t.strictSame(judge('require-revision-history', { revisionHistoryLimit: 5 }, { revisionHistoryLimit: 0 }), ['deny'])
  t.strictSame(judge('require-revision-history', { revisionHistoryLimit: 5 }, { revisionHistoryLimit: 6 }), ['known'])
  const deadline = (progressDeadlineSeconds: number) => ({ progressDeadlineSeconds, minReadySeconds: 100 })
  t.strictSame(judge('limit-progress-deadline', deadline(90), deadline(10)), ['deny'])
  t.strictSame(judge('limit-progress-deadline', deadline(10), deadline(90)), ['known'])
  const sized = (resources: object) => deployment({ containers: [{ ...webContainer, resources }] })
  const cpu = sized({ requests: { cpu: '1' } })
  const none = sized({ requests: {} })
  t.strictSame(verdicts('require-resources', cpu, none).sort(), ['deny', 'known'], 'no memory and now no cpu')
  t.strictSame(verdicts('require-resources', none, cpu), ['known', 'known'])
  t.strictSame(
    verdicts('require-resources', sized({ requests: { cpu: '1', memory: '1Gi' } }), sized({})).sort(),
    ['deny', 'known'],
    'the limits were missing before, the requests were not',
  )
  t.end()
})

t.test('more surge pods than before are refused, and none where there were too many', (t) => {
  const judge = (before: number | string, after: number | string) => {
    const bounded = policy([row(limitMaxSurge, { params: { min: 1, max: 1 } })])
    const [old, object] = [before, after].map((maxSurge) => rolling({ maxUnavailable: 1, maxSurge }, [image]))
    return old && object && evaluate(object, world([bounded], { request: update(old) })).decision
  }
  t.equal(judge(2, '100%'), 'deny')
  t.equal(judge('100%', 2), 'warn')
  t.equal(judge(2, 0), 'deny', 'another fault of the same field')
  t.equal(judge(0, 0), 'warn')
  t.end()
})

t.test('a budget that blocks the drains of more pods than before is refused', (t) => {
  const budget = (selector: object, name = 'web'): KubeObject => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'shop' },
    spec: { maxUnavailable: 0, selector },
  })
  const judge = (before: object, after: object) =>
    verdicts('disallow-blocking-disruption-budget', budget(before), budget(after))
  const web = { matchLabels: { app: 'web' } }
  t.strictSame(judge(web, {}), ['deny'], 'now it blocks those of the whole namespace')
  t.strictSame(judge({ matchLabels: { app: 'web', tier: 'front' } }, web), ['deny'])
  t.strictSame(judge(web, { matchLabels: { app: 'front' } }), ['known'])
  t.strictSame(judge({}, web), ['known'])
  t.end()
})

t.test('what an exemption let in is excused as long as that holds, and no longer', (t) => {
  const key = 'exempt.evenkeel.dev/limit-max-unavailable'
  const claiming = (text: string | undefined, container: object, replicas = 10) =>
    deployment({
      metadata: { annotations: text === undefined ? {} : { [key]: text } },
      spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2, maxSurge: 1 } } },
      containers: [container],
    })
  const judge = (then: string | undefined, now: string | undefined) =>
    verdicts('limit-max-unavailable', claiming(then, webContainer), claiming(now, image))
  const holds = 'until=2026-11-30 reason=later'
  const ended = 'until=2026-10-31 reason=later'
  t.strictSame(judge(holds, holds), ['admit'])
  t.strictSame(judge(ended, holds), ['admit'], 'extended')
  t.strictSame(judge(ended, ended), ['deny', 'warn'], 'the exemption itself is told of as well')
  t.strictSame(judge(ended, undefined), ['deny'])
  t.strictSame(judge(holds, undefined), ['deny'], 'taken away in the same write')
  t.strictSame(judge(undefined, undefined), ['known'], 'it never had one')
  t.strictSame(judge(undefined, ended), ['known', 'warn'], 'it had none')
  const scaled = claiming(ended, webContainer, 20)
  t.strictSame(verdicts('limit-max-unavailable', claiming(ended, webContainer), scaled), ['warn', 'warn'], 'a scale')
  const request = update(claiming(ended, image), 'rollback')
  const back = evaluate(claiming(ended, webContainer), world([policy(strictRows('off'))], { request }))
  t.equal(back.decision, 'warn', 'a way back')
  t.end()
})

t.test('of exemptions without number the first hundred are told, in bounded time', (t) => {
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`exempt.evenkeel.dev/rule-${n}`, 'x']))
  const rows = strictRows('off').filter(({ rule }) => rule.id === 'limit-max-unavailable')
  const { results } = evaluate(deployment({ metadata: { annotations: many } }), world([policy(rows)]))
  const told = results.find(({ rule }) => rule === 'disallow-invalid-exemption')
  t.equal(told?.status === 'fail' && told.findings.length, 100)
  t.end()
})
