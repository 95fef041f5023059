import t from 'tap'
import { judgedKinds } from '../../src/cli/kinds.ts'
import { reaches, reachOf } from '../../src/cli/webhook/reach.ts'
import { kindOf } from '../../src/kube/group-kind.ts'
import type { LabelExpression } from '../../src/model/object.ts'
import type { Match, Policy } from '../../src/model/policy.ts'
import { enable } from '../../src/policy/enable.ts'

const policy = (match: Match, more: { failurePolicy?: 'Ignore'; fallback?: true } = {}): Policy =>
  enable({ metadata: { name: 'one' }, spec: { match, ...more } }, [])
const lenient = { failurePolicy: 'Ignore' } as const
const expressions = (...policies: Policy[]) => reachOf(policies).conditions.map(({ expression }) => expression)

t.test('the API server is kept from asking about namespaces only where names alone tell', async (t) => {
  const shop = policy({ namespaces: ['shop', 'shop-*'] })
  const inShop = '(request.namespace in ["shop"] || request.namespace.matches("^(shop-.*)$"))'
  t.same(expressions(shop), [inShop])
  t.same(expressions(shop, policy({ namespaces: ['blog'] })), [`${inShop} ||\nrequest.namespace in ["blog"]`])
  t.same(expressions(shop, policy({})), [], 'another policy is meant for all')
  t.same(expressions(shop, policy({}, { fallback: true })), [], 'or for the rest')
  t.same(expressions(policy({ namespaces: [] })), ['false'], 'a list of none')
  const notBlog = 'request.namespace in ["shop"] && !(request.namespace in ["blog"])'
  t.same(expressions(policy({ namespaces: ['shop'], exclude: { namespaces: ['blog'] } })), [notBlog])
  const parts = { namespaces: ['blog'], kinds: ['DaemonSet'] }
  t.same(expressions(policy({ exclude: parts })), [], 'some kinds of an excluded namespace are judged')
})

t.test(
  'of namespaces chosen by their labels it asks by the name alone, which is the only one that it tells',
  async (t) => {
    const selecting = (...matchExpressions: LabelExpression[]) => ({ namespaceSelector: { matchExpressions } })
    const labels: Match = { namespaceSelector: { matchLabels: { env: 'production' } } }
    t.same(reaches([policy(labels)]), [], 'the webhook would skip')
    t.same(reaches([policy({ exclude: labels })]), [])
    const blog = policy({ namespaces: ['blog'] }, lenient)
    t.same(both(policy(labels), blog), [['Ignore', 'request.namespace in ["blog"]']], 'nobody’s death is theirs')
    const some = { ...labels, kinds: ['DaemonSet'] }
    t.same(both(policy({ exclude: some })), [['Fail', 'Deployment,StatefulSet,Rollout,PodDisruptionBudget']])
    const there = { ...labels, namespaces: ['shop'] }
    t.same(expressions(policy({ exclude: there })), ['!(request.namespace in ["shop"])'], 'skipped, or excluded')
    const key = 'kubernetes.io/metadata.name'
    const inShop = 'request.namespace in ["shop"]'
    const named: Match = { namespaceSelector: { matchLabels: { [key]: 'shop' } } }
    t.same(expressions(policy(named)), [inShop])
    t.same(expressions(policy({ exclude: named })), [`!(${inShop})`])
    t.same(expressions(policy(selecting({ key, operator: 'NotIn', values: ['shop'] }))), [`!(${inShop})`])
    t.same(expressions(policy(selecting({ key, operator: 'Exists' }))), [])
    t.same(expressions(policy({ exclude: selecting({ key, operator: 'Exists' }) })), ['!(true)'])
    t.same(expressions(policy(selecting({ key, operator: 'DoesNotExist' }))), ['false'])
  },
)

/** Of each failure policy the kinds in brief and the conditions. */
const both = (...policies: Policy[]) =>
  reaches(policies).map(({ failurePolicy, kinds, conditions }) => {
    const names = kinds.length === judgedKinds.length ? [] : [kinds.map(kindOf).join()]
    return [failurePolicy, ...names, ...conditions.map(({ expression }) => expression)]
  })
const isKind = (...kinds: string[]) => `request.kind.kind in [${kinds.map((kind) => `"${kind}"`).join(', ')}]`

t.test('a dead webhook fails requests where a policy says Fail, and nowhere else', async (t) => {
  const shop = policy({ namespaces: ['shop'] })
  const office = policy({ namespaces: ['office'] }, lenient)
  const rest = policy({}, { ...lenient, fallback: true })
  const [inShop, notInShop] = ['request.namespace in ["shop"]', '!(request.namespace in ["shop"])']
  t.same(both(shop), [['Fail', inShop]])
  t.same(both(rest), [['Ignore']])
  t.same(both(shop, rest), [
    ['Fail', inShop],
    ['Ignore', notInShop],
  ])
  t.same(both(shop, office), [
    ['Fail', inShop],
    ['Ignore', 'request.namespace in ["office"]', notInShop],
  ])
  t.same(both(office, policy({})), [['Fail']], 'a policy for all that says Fail')
})

t.test('the API server asks only about kinds that a policy is meant for', async (t) => {
  const deployments = policy({ kinds: ['Deployment'] })
  t.same(both(deployments), [['Fail', 'Deployment']])
  t.same(both(policy({ exclude: { kinds: ['DaemonSet', 'Rollout'] } })), [
    ['Fail', 'Deployment,StatefulSet,PodDisruptionBudget'],
  ])
  const partly = { kinds: ['DaemonSet'], namespaces: ['blog'] }
  t.same(both(policy({ exclude: partly })), [['Fail']], 'they are judged in other namespaces')
  t.same(both(deployments, policy({})), [['Fail']], 'another policy is meant for all')
  t.same(both(policy({ kinds: ['DaemonSet'], exclude: { kinds: ['DaemonSet'] } })), [], 'a policy for nothing')
  const agents = policy({ kinds: ['DaemonSet'], namespaces: ['agents'] })
  const inAgents = `${isKind('DaemonSet')} && request.namespace in ["agents"]`
  t.same(both(deployments, agents), [['Fail', 'Deployment,DaemonSet', `${isKind('Deployment')} ||\n${inAgents}`]])
})

t.test('a dead webhook fails the kinds that a policy with Fail is meant for, and no other', async (t) => {
  const rest = policy({}, { ...lenient, fallback: true })
  const others = 'StatefulSet,DaemonSet,Rollout,PodDisruptionBudget'
  t.same(both(policy({ kinds: ['Deployment'] }), rest), [
    ['Fail', 'Deployment'],
    ['Ignore', others],
  ])
  const shop = policy({ kinds: ['Deployment'], namespaces: ['shop'] })
  t.same(both(shop, rest), [
    ['Fail', 'Deployment', 'request.namespace in ["shop"]'],
    ['Ignore', `!(${isKind('Deployment')} && request.namespace in ["shop"])`],
  ])
  t.same(both(policy({ kinds: ['Deployment'] }), policy({ kinds: ['DaemonSet'] }, lenient)), [
    ['Fail', 'Deployment'],
    ['Ignore', 'DaemonSet'],
  ])
})
