import { compileFunction } from 'node:vm'
import fc from 'fast-check'
import t from 'tap'
import { type Reach, reaches, recordedReach } from '../../src/cli/webhook/reach.ts'
import { policiesFor } from '../../src/engine/match.ts'
import { waiverOf } from '../../src/engine/waiver.ts'
import { kindOf } from '../../src/kube/group-kind.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { GroupKind, KubeObject } from '../../src/model/object.ts'
import type { Match, Policy } from '../../src/model/policy.ts'
import type { RequestInfo } from '../../src/model/request.ts'
import { enable } from '../../src/policy/enable.ts'

const reasonKey = 'evenkeel.dev/bypass-reason'

/** A write of something new. */
interface Write {
  readonly kind: GroupKind
  readonly namespace: string
  readonly username: string
  readonly group: string
  readonly reason: string
  readonly tier: string
  readonly isControlled: boolean
}

const namespace = fc.constantFrom('shop', 'blog')
const kind = fc.constantFrom<GroupKind>('Deployment.apps', 'Rollout.argoproj.io')
const name = fc.constantFrom('ops', 'argo')
const write: fc.Arbitrary<Write> = fc.record({
  kind: kind,
  namespace,
  username: name,
  group: name,
  reason: fc.constantFrom('', 'INC-42'),
  tier: fc.constantFrom('web', 'db'),
  isControlled: fc.boolean(),
})
const selector = fc.record({
  matchExpressions: fc.array(
    fc.record({
      key: fc.constantFrom('kubernetes.io/metadata.name', 'kubernetes.io/metadata.name', 'env'),
      operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
      values: fc.array(namespace, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
})
const byNames = {
  namespaces: fc.array(fc.oneof(namespace, fc.constantFrom('s*')), { minLength: 1, maxLength: 2 }),
  namespaceSelector: selector,
  kinds: kind.map((one) => [kindOf(one)]),
}
const matchOf = (parts: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.oneof(
    fc.record(parts, { requiredKeys: [] }),
    fc.record({ ...parts, exclude: fc.record(parts, { requiredKeys: [] }) }, { requiredKeys: [] }),
  ) as fc.Arbitrary<Match>
const withLabels = matchOf({ ...byNames, objectSelector: fc.constant({ matchLabels: { tier: 'web' } }) })
const policiesOf = (match: fc.Arbitrary<Match>): fc.Arbitrary<Policy[]> => {
  const entries = fc.subarray(['ops', 'argo'])
  const spec = fc.record({
    match,
    fallback: fc.boolean(),
    failurePolicy: fc.constantFrom('Fail', 'Ignore'),
    bypass: fc.record({ controllers: entries, users: entries, groups: entries }),
  })
  return fc.array(
    spec.map((spec) => enable({ metadata: { name: 'one' }, spec }, [])),
    { minLength: 1, maxLength: 3 },
  )
}

function objectOf({ kind, namespace, reason, tier, isControlled }: Write): KubeObject {
  const owner = { apiVersion: 'v1', kind: 'Owner', name: 'web', uid: '1', controller: isControlled }
  return {
    apiVersion: `${kind.slice(kindOf(kind).length + 1)}/v1`,
    kind: kindOf(kind),
    metadata: { namespace, annotations: { [reasonKey]: reason }, labels: { tier }, ownerReferences: [owner] },
  }
}

type Condition = (request: object, object: object) => boolean

/** What the conditions use of CEL, as JavaScript for an object that has all the fields. */
function javascript(cel: string): Condition {
  const source = cel
    .replaceAll(/([\w.]+) in (\[[^\]]*\])/g, '$2.includes($1)')
    .replaceAll(/([\w.]+)\.matches\(("(?:[^"\\]|\\.)*")\)/g, 'new RegExp($2).test($1)')
    .replaceAll(/\.exists\((\w), /g, '.some(($1) => ')
    .replaceAll(/\.\?(\w+)\[\?("[^"]+")\]/g, '.$1[$2]')
    .replaceAll('.?', '.')
    .replaceAll(/\.orValue\([^)]*\)/g, '')
  return compileFunction(`return ${source}`, ['request', 'object']) as Condition
}

/** Whether the API server asks this webhook about the write. */
function isAsked(reach: Reach | undefined, { kind, namespace, username, group }: Write, object: KubeObject): boolean {
  if (reach === undefined || !reach.kinds.includes(kind)) return false
  const userInfo = { username, groups: [group] }
  const request = { operation: 'CREATE', namespace, kind: { kind: kindOf(kind) }, userInfo }
  return reach.conditions.every(({ expression }) => javascript(expression)(request, object))
}

/** Whom the API server asks about a write, and the policies that are meant for it and that judge it. */
function whatHappens(policies: readonly Policy[], write: Write) {
  const object = objectOf(write)
  const user = { username: write.username, groups: [write.group] }
  const request: RequestInfo = { operation: 'CREATE', user, change: 'create' }
  const meant = policiesFor(policies, object, viewOf([])).filter(({ matching }) => matching === 'yes')
  const waivers = meant.map(({ policy }) => waiverOf(policy, object, request))
  const judging = meant.filter((_, i) => waivers[i] === undefined).map(({ policy }) => policy.failurePolicy)
  const asked = (failurePolicy: string) =>
    isAsked(
      reaches(policies).find((reach) => reach.failurePolicy === failurePolicy),
      write,
      object,
    )
  return {
    fails: asked('Fail'),
    ignores: asked('Ignore'),
    records: isAsked(recordedReach(policies), write, object),
    judging,
    isBypassed: waivers.some((waiver) => waiver?.startsWith('bypass by')),
  }
}

t.test('whatever a policy judges the API server asks about, and only one webhook', (t) => {
  fc.assert(
    fc.property(policiesOf(withLabels), write, (policies, write) => {
      const { fails, ignores, records, judging } = whatHappens(policies, write)
      if (judging.includes('Fail') && !fails) return false
      if (judging.length > 0 && !fails && !ignores) return false
      return [fails, ignores, records].filter(Boolean).length <= 1
    }),
    { numRuns: 4000 },
  )
  t.end()
})

t.test('where no labels of objects decide, it asks of nothing else', (t) => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(policiesOf(matchOf(byNames)), write, (policies, write) => {
      const { fails, ignores, records, judging, isBypassed } = whatHappens(policies, write)
      seen.add(fails ? 'Fail' : ignores ? 'Ignore' : records ? 'recorded' : 'nobody')
      if (judging.length > 0) return fails === judging.includes('Fail') && ignores === !fails && !records
      return !fails && !ignores && (records || !isBypassed)
    }),
    { numRuns: 4000 },
  )
  t.strictSame([...seen].sort(), ['Fail', 'Ignore', 'nobody', 'recorded'])
  t.end()
})
