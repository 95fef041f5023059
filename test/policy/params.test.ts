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

t.test('profiles that a policy writes take the place of the default ones, and what it leaves out stays', (t) => {
  const { params = {} } = loaded({ profiles: { slow: { startupWindowSeconds: { min: 180 } } } })
  t.strictSame(params['profiles'], { slow: { startupWindowSeconds: { min: 180 } } })
  t.strictSame(params['select'], { annotation: 'evenkeel.dev/profile' })
  t.strictSame(Object.keys(loaded({}).params?.['profiles'] as object), ['standard', 'slow-starting'])
  t.end()
})
