import t from 'tap'
import { loadPolicies } from '../../src/policy/load.ts'
import { validators } from '../../src/policy/policy-file.generated.ts'
import { rules } from '../../src/rules/index.ts'

/** A policy with this spec, and what is wrong with it. */
function loaded(spec: object) {
  const value = { apiVersion: 'evenkeel.dev/v1alpha1', kind: 'RolloutPolicy', metadata: { name: 'shop' }, spec }
  const positionOf = () => ({ line: 1, column: 1 })
  const documents = [{ value, file: 'evenkeel.yaml', positionOf }]
  const { policies, errors } = loadPolicies(documents, { rules, validate: validators().policy })
  return { messages: errors.map(({ message }) => message), policy: policies[0] }
}

const matching = (match: object) => loaded({ extends: 'strict', match }).messages

t.test('a kind that no rule judges would switch the policy off, and is an error', (t) => {
  const known = 'PodDisruptionBudget or Deployment or StatefulSet or DaemonSet or Rollout'
  for (const [kind, hint] of [
    ['Deploymnt', ', did you mean "Deployment"?'],
    ['deployments', ', did you mean "Deployment"?'],
    ['Pod', ''],
  ] as const) {
    const message = `kinds[0] must be ${known}; found "${kind}"${hint}`
    t.strictSame(matching({ kinds: [kind] }), [`spec.match.${message}`])
    t.strictSame(matching({ exclude: { kinds: [kind] } }), [`spec.match.exclude.${message}`])
  }
  t.strictSame(matching({ kinds: ['Deployment', 'Rollout', 'PodDisruptionBudget'] }), [])
  t.end()
})

t.test('so would a match that nothing can meet, and an exclusion that leaves nothing', (t) => {
  const expression = (expression: object) => ({ objectSelector: { matchExpressions: [expression] } })
  t.strictSame(matching({ kinds: [] }).length, 1)
  t.strictSame(matching({ namespaces: [] }).length, 1)
  t.strictSame(matching({ exclude: {} }).length, 1)
  t.match(matching(expression({ key: 'app', operator: 'In' })), [/needs a field "values"/])
  t.strictSame(matching(expression({ key: 'app', operator: 'NotIn', values: [] })).length, 1)
  t.strictSame(matching(expression({ key: 'app', operator: 'In', values: ['web'] })), [])
  t.strictSame(matching(expression({ key: 'app', operator: 'Exists' })), [])
  t.strictSame(matching({}), [], 'all is meant')
  t.end()
})

t.test('a policy that turns no rule on is valid, and its author is told where it comes to that', (t) => {
  const value = (spec: object) => ({
    apiVersion: 'evenkeel.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name: 'shop' },
    spec,
  })
  const positionOf = (path: string) => ({ line: path.split('/').length, column: 7 })
  const warned = (spec: object) => {
    const documents = [{ value: value(spec), file: 'evenkeel.yaml', positionOf }]
    const { errors, policies, warnings } = loadPolicies(documents, { rules, validate: validators().policy })
    t.strictSame([errors.length, policies.length], [0, 1])
    return warnings
  }
  const preset = 'extends: recommended (or strict)'
  t.strictSame(warned({ environment: 'production' }), [
    {
      message: `spec.environment is "production", but there is no preset to choose from, so the policy asks nothing: ${preset}`,
      file: 'evenkeel.yaml',
      line: 3,
      column: 7,
    },
  ])
  const nothing = `spec turns no rule on, so the policy asks nothing; for a preset: ${preset}`
  t.match(warned({}), [{ message: nothing, line: 2 }])
  t.match(warned({ rules: { 'require-replicas': 'off' } }), [{ message: nothing }])
  const off = Object.fromEntries(rules.map(({ id }) => [id, 'off']))
  t.match(warned({ extends: 'strict', rules: off }), [
    { message: 'spec.rules turns every rule off, so the policy asks nothing' },
  ])
  t.strictSame(warned({ environment: 'production', rules: { 'require-replicas': 'warn' } }), [], 'rules read it, too')
  t.strictSame(warned({ extends: 'recommended', environment: 'development' }), [])
  t.end()
})

t.test('enforceAfter is a day of the calendar, in either spelling', (t) => {
  const from = (enforceAfter: string) =>
    loaded({ rules: { 'require-replicas': { enforcement: 'deny', enforceAfter } } })
  for (const day of ['2027-13-01', '2027-02-30', '2027-02-29T00:00:00Z', '2027-00-10'])
    t.strictSame(from(day).messages, [
      `spec.rules.require-replicas.enforceAfter is "${day}", a day that no calendar has`,
    ])
  const startOf = (day: string) => from(day).policy?.rules[0]?.enforceAfter
  t.equal(startOf('2028-02-29'), Date.UTC(2028, 1, 29))
  t.equal(startOf('2027-01-31T00:00:00Z'), Date.UTC(2027, 0, 31))
  t.end()
})

t.test('a pattern that is no regular expression is refused where it stands', (t) => {
  const messages = (pattern: string) => loaded({ rules: { 'require-change-cause': { params: { pattern } } } }).messages
  for (const wrong of ['[', '(', '+', '\\-'])
    t.strictSame(messages(wrong), [`spec.rules.require-change-cause.params.pattern is no regular expression: ${wrong}`])
  for (const right of ['^[A-Z]+-[0-9]+', 'RFC', '']) t.strictSame(messages(right), [])
  t.end()
})

t.test(
  'a rule that is written down without an enforcement holds as its preset has it, and denies where none has',
  (t) => {
    const enforcement = (spec: object, entry: object | string) =>
      loaded({ ...spec, rules: { 'require-replicas': entry } }).policy?.rules.find(
        ({ rule }) => rule.id === 'require-replicas',
      )?.enforcement
    const asWritten = { params: { min: 3 } }
    t.equal(enforcement({}, asWritten), 'deny')
    t.equal(enforcement({ extends: 'recommended', environment: 'development' }, asWritten), 'deny', 'off there')
    t.equal(enforcement({ extends: 'recommended', environment: 'production' }, asWritten), 'warn')
    t.equal(enforcement({ extends: 'strict' }, { ...asWritten, enforcement: 'audit' }), 'audit')
    t.equal(enforcement({ extends: 'strict' }, { ...asWritten, enforcement: 'off' }), undefined)
    t.equal(enforcement({ extends: 'strict' }, 'off'), undefined)
    t.end()
  },
)

t.test('the failure of a rule refuses, unless the policy says that it does not', (t) => {
  t.equal(loaded({ extends: 'strict' }).policy?.failurePolicy, 'Fail')
  for (const failurePolicy of ['Fail', 'Ignore'])
    t.equal(loaded({ extends: 'strict', failurePolicy }).policy?.failurePolicy, failurePolicy)
  t.end()
})

t.test('an unknown field is told the names that are known where it stands', (t) => {
  const labels = 'known here: matchLabels, matchExpressions'
  const settings = 'known here: enforcement, fix, enforceAfter, params'
  const cases: readonly (readonly [spec: object, message: string])[] = [
    [{ match: { namespaceSelector: { env: 'x' } } }, `match.namespaceSelector.env is an unknown field; ${labels}`],
    [
      { match: { objectSelector: { matchExpressions: [{ key: 'app', operator: 'Exists', operater: 'In' }] } } },
      'match.objectSelector.matchExpressions[0].operater is an unknown field, did you mean "operator"?',
    ],
    [
      { rules: { 'limit-max-unavailable': { max: 1 } } },
      `rules.limit-max-unavailable.max is an unknown field; ${settings}`,
    ],
    [
      { rules: { 'limit-max-unavailable': 'deny', enforcement: 'deny' } },
      'rules.enforcement is an unknown rule; `evenkeel rules` lists them',
    ],
    [{ exemptions: { locked: ['probes'] } }, 'exemptions.locked[0] must be a rule of `evenkeel rules`; found "probes"'],
  ]
  for (const [spec, message] of cases) t.strictSame(loaded(spec).messages, [`spec.${message}`])
  t.end()
})

t.test('a rule or a date of a wrong form is told the form in words', (t) => {
  const rule = (entry: unknown) => loaded({ rules: { 'limit-max-unavailable': entry } }).messages
  for (const entry of [true, null, 1])
    t.strictSame(rule(entry), [
      `spec.rules.limit-max-unavailable must be deny, warn, audit, off, or an object; found ${entry}`,
    ])
  t.strictSame(rule({ params: 3 }), ['spec.rules.limit-max-unavailable.params must be object; found 3'])
  for (const enforceAfter of ['31.01.2027', '2027-01-31T10:00:00Z', 20270131])
    t.strictSame(rule({ enforceAfter }), [
      `spec.rules.limit-max-unavailable.enforceAfter must be a date, YYYY-MM-DD; found ${JSON.stringify(enforceAfter)}`,
    ])
  t.end()
})
