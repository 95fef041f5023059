import t from 'tap'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'
import { loadPolicies } from '../../src/policy/load.ts'
import { validators } from '../../src/policy/policy-file.generated.ts'
import { rules } from '../../src/rules/index.ts'

function loaded(spec: string) {
  const text = `apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: shop}\nspec: ${spec}\n`
  const positionOf = () => ({ line: 1, column: 1 })
  return loadPolicies([{ value: readDocuments(text, '').documents[0]?.value, file: 'evenkeel.yaml', positionOf }], {
    rules,
    validate: validators().policy,
  })
}

t.test('off needs no quotes, though YAML as Kubernetes reads it makes a boolean of it', (t) => {
  const id = 'limit-max-unavailable'
  for (const entry of ['off', '"off"', '{enforcement: off}', 'false']) {
    const { policies, errors } = loaded(`{extends: strict, rules: {${id}: ${entry}}}`)
    t.strictSame(errors, [])
    t.ok(policies[0]?.off.includes(id), entry)
  }
  const { policies } = loaded(`{rules: {${id}: {enforcement: deny, fix: off}}}`)
  t.match(policies[0]?.rules, [{ fix: 'off' }])
  t.end()
})

t.test('elsewhere, and for other words, a boolean stays an error', (t) => {
  t.match(loaded('{fallback: no, failurePolicy: off}').errors, [{ message: /failurePolicy.*found false/ }])
  t.match(loaded('{rules: {require-replicas: on}}').errors, [{ message: /found true/ }])
  t.end()
})
