import t from 'tap'
import { reaches, reachOf } from '../../src/cli/webhook/reach.ts'
import type { Match, Policy } from '../../src/model/policy.ts'
import { enable } from '../../src/policy/enable.ts'

const policy = (match: Match, more: { failurePolicy?: 'Ignore'; fallback?: true } = {}): Policy =>
  enable({ metadata: { name: 'one' }, spec: { match, ...more } }, [])
const expressions = (...policies: Policy[]) => reachOf(policies).map(({ expression }) => expression)

t.test('the API server is kept from asking about namespaces only where names alone tell', async (t) => {
  const shop = policy({ namespaces: ['shop', 'shop-*'], kinds: ['Deployment'] })
  const inShop = '(request.namespace in ["shop"] || request.namespace.matches("^(shop-.*)$"))'
  t.same(expressions(shop), [inShop])
  t.same(expressions(shop, policy({ namespaces: ['blog'] })), [`${inShop} ||\nrequest.namespace in ["blog"]`])
  t.same(expressions(shop, policy({})), [], 'another policy is meant for all')
  t.same(expressions(shop, policy({}, { fallback: true })), [], 'or for the rest')
  t.same(expressions(policy({ namespaces: [] })), ['false'], 'a list of none')
  const labelled = { namespaceSelector: { matchLabels: { env: 'production' } } }
  t.same(expressions(policy(labelled)), [], 'labels are not the API server’s to judge here')
  const notBlog = 'request.namespace in ["shop"] && !(request.namespace in ["blog"])'
  t.same(expressions(policy({ namespaces: ['shop'], exclude: { namespaces: ['blog'] } })), [notBlog])
  const parts = { namespaces: ['blog'], kinds: ['DaemonSet'] }
  t.same(expressions(policy({ exclude: parts })), [], 'some kinds of an excluded namespace are judged')
})

t.test('a dead webhook fails requests where a policy says Fail, and nowhere else', async (t) => {
  const shop = policy({ namespaces: ['shop'] })
  const office = policy({ namespaces: ['office'] }, { failurePolicy: 'Ignore' })
  const rest = policy({}, { failurePolicy: 'Ignore', fallback: true })
  const both = (...policies: Policy[]) =>
    reaches(policies).map(({ failurePolicy, conditions }) => [failurePolicy, ...conditions.map((c) => c.expression)])
  const [inShop, notInShop] = ['request.namespace in ["shop"]', '!(request.namespace in ["shop"])']
  t.same(both(shop), [['Fail', inShop]])
  t.same(both(rest), [['Ignore']])
  t.same(both(shop, rest), [
    ['Fail', inShop],
    ['Ignore', notInShop],
  ])
  const anywhere = `${inShop} ||\nrequest.namespace in ["office"]`
  t.same(both(shop, office), [
    ['Fail', inShop],
    ['Ignore', anywhere, notInShop],
  ])
  t.same(both(office, policy({})), [['Fail']], 'a policy for all that says Fail')
})
