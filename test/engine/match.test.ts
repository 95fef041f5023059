import fc from 'fast-check'
import t from 'tap'
import { matchByNames, matches } from '../../src/engine/match.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject, LabelSelector } from '../../src/model/object.ts'
import type { Match } from '../../src/model/policy.ts'

const name = fc.constantFrom('shop', 'blog')
const key = fc.constantFrom('env', 'kubernetes.io/metadata.name')
const selector: fc.Arbitrary<LabelSelector> = fc.oneof(
  fc.record({ matchLabels: fc.dictionary(key, name, { maxKeys: 2 }) }),
  fc.record({
    matchExpressions: fc.array(
      fc.record({
        key,
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: fc.array(name, { maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
  }),
)
const parts = {
  namespaces: fc.array(fc.constantFrom('shop', 'blog', 's*'), { minLength: 1, maxLength: 2 }),
  namespaceSelector: selector,
  objectSelector: fc.constant({ matchLabels: { tier: 'web' } }),
  kinds: fc.constantFrom(['Deployment'], ['StatefulSet']),
}
const match: fc.Arbitrary<Match> = fc.record(
  { ...parts, exclude: fc.record(parts, { requiredKeys: [] }) },
  { requiredKeys: [] },
)
const object: fc.Arbitrary<KubeObject> = fc
  .record({ namespace: name, kind: fc.constantFrom('Deployment', 'StatefulSet'), tier: fc.constantFrom('web', 'db') })
  .map(({ namespace, kind, tier }) => ({ apiVersion: 'apps/v1', kind, metadata: { namespace, labels: { tier } } }))

t.test('by names alone a match holds where it surely does while no Namespace is in view, and nowhere else', (t) => {
  const blind = viewOf([])
  const seen = new Set<string>()
  fc.assert(
    fc.property(match, object, (match, object) => {
      const byNames = matchByNames(match)
      const isMeant = matches(match, object, blind) === 'yes'
      seen.add(`${isMeant} ${byNames === match ? 'by names' : byNames && 'in part'}`)
      return isMeant === (byNames !== undefined && matches(byNames, object, blind) === 'yes')
    }),
    { numRuns: 5000 },
  )
  const each = ['false by names', 'false in part', 'false undefined', 'true by names', 'true in part']
  t.strictSame([...seen].sort(), each)
  t.end()
})
