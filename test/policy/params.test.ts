import t from 'tap'
import { loadPolicies } from '../../src/policy/load.ts'
import { validators } from '../../src/policy/policy-file.generated.ts'
import { rules } from '../../src/rules/index.ts'

/** A policy with these params of limit-probe-timing: what is wrong with it, or the params as the rule gets them. */
function loaded(params: unknown) {
  const spec = { rules: { 'limit-probe-timing': { enforcement: 'deny', params } } }
  const value = { apiVersion: 'evenkeel.dev/v1alpha1', kind: 'RolloutPolicy', metadata: { name: 'shop' }, spec }
  const positionOf = () => ({ line: 1, column: 1 })
  const { policies, errors } = loadPolicies([{ value, file: 'evenkeel.yaml', positionOf }], {
    rules,
    validate: validators().policy,
  })
  const messages = errors.map(({ message }) => message.replace(/^spec\.rules\.limit-probe-timing\.params\./, ''))
  return { messages, params: policies[0]?.rules[0]?.params as Record<string, unknown> | undefined }
}

t.test('a typing error in params is located and understood, however deep it is', (t) => {
  const cases: readonly (readonly [params: object, message: string])[] = [
    [{ profile: {} }, 'profile is an unknown field, did you mean "profiles"?'],
    [
      { profiles: { slow: { livenesProbe: {} } } },
      'profiles.slow.livenesProbe is an unknown field, did you mean "livenessProbe"?',
    ],
    [
      { profiles: { slow: { startupProbe: { failureTreshold: 18 } } } },
      'profiles.slow.startupProbe.failureTreshold is an unknown field, did you mean "failureThreshold"?',
    ],
    [
      { profiles: { slow: { startupProbe: { periodSeconds: { mni: 5 } } } } },
      'profiles.slow.startupProbe.periodSeconds.mni is an unknown field; known here: min, max',
    ],
    [{ select: { anotation: 'x' } }, 'select.anotation is an unknown field, did you mean "annotation"?'],
  ]
  for (const [params, message] of cases) t.strictSame(loaded(params).messages, [message])
  t.end()
})

t.test('a number that is none, or that is too small, is an error that says what was expected', (t) => {
  const period = (periodSeconds: unknown) =>
    loaded({ profiles: { slow: { startupProbe: { periodSeconds } } } }).messages
  const at = 'profiles.slow.startupProbe.periodSeconds'
  t.strictSame(period('15-20'), [`${at} must be integer or object; found "15-20"`])
  t.strictSame(period(0), [`${at} must be >= 1; found 0`])
  t.strictSame(period({ min: 0 }), [`${at}.min must be >= 1; found 0`])
  t.strictSame(period({}), [`${at} must NOT have fewer than 1 properties; found {}`])
  t.strictSame(period({ min: 20, max: 15 }), [`${at}.min is 20, more than max 15`])
  t.strictSame(period({ min: 15, max: 15 }), [])
  t.strictSame(loaded({ profiles: { slow: 180 } }).messages, ['profiles.slow must be object; found 180'])
  t.end()
})

t.test('a profile that no probe can have is refused: which number is at odds with which', (t) => {
  const slow = (profile: object) => loaded({ profiles: { slow: profile } }).messages
  const window = (startupWindowSeconds: unknown, startupProbe: object) => slow({ startupWindowSeconds, startupProbe })
  const at = 'profiles.slow.startupWindowSeconds'
  t.strictSame(window(100, { periodSeconds: 10, failureThreshold: 3 }), [
    `${at} is 100, but 3 failures, one in 10s, take 30s at most`,
  ])
  t.strictSame(window({ max: 60 }, { periodSeconds: { min: 10 }, failureThreshold: { min: 18 } }), [
    `${at} is at most 60, but 18 failures, one in 10s, take 180s at least`,
  ])
  t.strictSame(window({ max: 60 }, { timeoutSeconds: 5, failureThreshold: 18 }), [
    `${at} is at most 60, but 18 failures, one in 5s, take 90s at least`,
  ])
  t.strictSame(window(100, { failureThreshold: 3 }), [], 'of which some period is')
  t.strictSame(window(100, { periodSeconds: 7 }), [], 'of which some failureThreshold comes near enough')
  t.strictSame(window(100, { periodSeconds: 7, failureThreshold: 15 }), [], 'which is the next full period')
  t.strictSame(slow({ startupWindowSeconds: 100 }), [])
  t.strictSame(slow({ livenessProbe: { periodSeconds: { max: 5 }, timeoutSeconds: { min: 10 } } }), [
    'profiles.slow.livenessProbe.timeoutSeconds is 10, more than periodSeconds 5: no probe can have both',
  ])
  t.end()
})

t.test('only of readiness may more than one answer be asked, as the API server has it', (t) => {
  const messages = (probe: string) => loaded({ profiles: { slow: { [probe]: { successThreshold: 2 } } } }).messages
  t.strictSame(messages('readinessProbe'), [])
  for (const probe of ['startupProbe', 'livenessProbe']) {
    t.match(messages(probe), [`profiles.slow.${probe}.successThreshold is an unknown field`])
  }
  t.end()
})

t.test('profiles that a policy writes take the place of the default ones, and what it leaves out stays', (t) => {
  const { params = {} } = loaded({ profiles: { slow: { startupWindowSeconds: { min: 180 } } } })
  t.strictSame(params['profiles'], { slow: { startupWindowSeconds: { min: 180 } } })
  t.strictSame(params['select'], { annotation: 'evenkeel.dev/profile' })
  t.strictSame(Object.keys(loaded({}).params?.['profiles'] as object), ['standard', 'slow-starting'])
  t.end()
})
