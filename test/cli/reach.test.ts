import t from 'tap'
import { judgedKinds } from '../../src/cli/kinds.ts'
import { extentOf, reaches, recordedReach } from '../../src/cli/webhook/reach.ts'
import { kindOf } from '../../src/kube/group-kind.ts'
import type { LabelExpression } from '../../src/model/object.ts'
import type { Bypass, Match, Policy } from '../../src/model/policy.ts'
import { enable } from '../../src/policy/enable.ts'

interface More {
  readonly failurePolicy?: 'Ignore'
  readonly fallback?: true
  readonly bypass?: Partial<Bypass>
}

const lenient = { failurePolicy: 'Ignore' } as const
const policy = (match: Match, { bypass, ...more }: More = {}): Policy =>
  enable({ metadata: { name: 'one' }, spec: { match, bypass: { controllers: [], ...bypass }, ...more } }, [])

/** Of each failure policy the kinds in brief and the conditions. */
const both = (...policies: Policy[]) =>
  reaches(policies).map(({ failurePolicy, kinds, conditions }) => {
    const names = kinds.length === judgedKinds.length ? [] : [kinds.map(kindOf).join()]
    return [failurePolicy, ...names, ...conditions.map(({ expression }) => expression)]
  })
const isKind = (...kinds: string[]) => `request.kind.kind in [${kinds.map((kind) => `"${kind}"`).join(', ')}]`
const isIn = (namespace: string) => `request.namespace in ["${namespace}"]`
const [inShop, inBlog, inOffice] = [isIn('shop'), isIn('blog'), isIn('office')]

t.test('the API server is kept from asking about namespaces only where names tell', async (t) => {
  const shops = policy({ namespaces: ['shop', 'shop-*'] })
  const inShops = '(request.namespace in ["shop"] || request.namespace.matches("^(shop-.*)$"))'
  t.same(both(shops), [['Fail', inShops]])
  t.same(both(shops, policy({ namespaces: ['blog'] })), [['Fail', `(${inShops} || ${inBlog})`]])
  t.same(both(shops, policy({})), [['Fail']], 'another policy is meant for all')
  t.same(both(policy({ namespaces: [] })), [], 'a list of none')
  const notBlog = policy({ namespaces: ['shop'], exclude: { namespaces: ['blog'] } })
  t.same(both(notBlog), [['Fail', `${inShop} && !(${inBlog})`]])
  const parts = policy({ exclude: { namespaces: ['blog'], kinds: ['DaemonSet'] } })
  t.same(both(parts), [['Fail', `!(${isKind('DaemonSet')} && ${inBlog})`]], 'some kinds of an excluded one are judged')
  const exclude = { namespaces: ['blog'], objectSelector: { matchLabels: { tier: 'web' } } }
  t.same(both(policy({ exclude })), [['Fail']], 'labels of objects are the webhook’s to judge')
  t.same([extentOf([shops]), extentOf([shops, policy({})]), extentOf([])], ['some', 'all', 'none'])
})

t.test('of namespaces chosen by labels it tells only the one that is their name', async (t) => {
  const selecting = (...matchExpressions: LabelExpression[]) => ({ namespaceSelector: { matchExpressions } })
  const labels: Match = { namespaceSelector: { matchLabels: { env: 'production' } } }
  t.same(both(policy(labels)), [], 'the webhook would skip')
  t.same(both(policy({ exclude: labels })), [])
  t.equal(extentOf([policy(labels)]), 'none')
  const blog = policy({ namespaces: ['blog'] }, lenient)
  t.same(both(policy(labels), blog), [['Ignore', inBlog]], 'nobody’s death is theirs')
  const some = { ...labels, kinds: ['DaemonSet'] }
  t.same(both(policy({ exclude: some })), [['Fail', 'Deployment,StatefulSet,Rollout,PodDisruptionBudget']])
  const there = { ...labels, namespaces: ['shop'] }
  t.same(both(policy({ exclude: there })), [['Fail', `!(${inShop})`]], 'skipped, or excluded')
  const key = 'kubernetes.io/metadata.name'
  const named: Match = { namespaceSelector: { matchLabels: { [key]: 'shop' } } }
  t.same(both(policy(named)), [['Fail', inShop]])
  t.same(both(policy({ exclude: named })), [['Fail', `!(${inShop})`]])
  t.same(both(policy(selecting({ key, operator: 'NotIn', values: ['shop'] }))), [['Fail', `!(${inShop})`]])
  t.same(both(policy(selecting({ key, operator: 'Exists' }))), [['Fail']])
  t.same(both(policy({ exclude: selecting({ key, operator: 'Exists' }) })), [])
  t.same(both(policy(selecting({ key, operator: 'DoesNotExist' }))), [])
})

t.test('a dead webhook fails requests where a policy says Fail, and nowhere else', async (t) => {
  const shop = policy({ namespaces: ['shop'] })
  const office = policy({ namespaces: ['office'] }, lenient)
  const rest = policy({}, { ...lenient, fallback: true })
  t.same(both(rest), [['Ignore']])
  t.same(both(shop, rest), [
    ['Fail', inShop],
    ['Ignore', `!(${inShop})`],
  ])
  t.equal(extentOf([shop, rest]), 'all')
  t.same(both(shop, office), [
    ['Fail', inShop],
    ['Ignore', inOffice, `!(${inShop})`],
  ])
  t.same(both(office, policy({})), [['Fail']], 'a policy for all that says Fail')
})

t.test('a fallback is for nothing for which another policy surely is', async (t) => {
  const rest = policy({}, { fallback: true })
  const office = { namespaces: ['office'] }
  t.same(both(policy(office, lenient), rest), [
    ['Fail', `!(${inOffice})`],
    ['Ignore', inOffice, `!(!(${inOffice}))`],
  ])
  const web = { objectSelector: { matchLabels: { tier: 'web' } } }
  for (const unsure of [
    { ...office, ...web },
    { ...office, exclude: web },
  ])
    t.same(both(policy(unsure, lenient), rest), [['Fail']], 'the rest of its namespace is the fallback’s')
  t.same(both(policy({ kinds: ['Deployment'] }, lenient), rest), [
    ['Fail', 'StatefulSet,DaemonSet,Rollout,PodDisruptionBudget'],
    ['Ignore', 'Deployment'],
  ])
})

t.test('the API server asks only about kinds that a policy is meant for', async (t) => {
  const deployments = policy({ kinds: ['Deployment'] })
  t.same(both(deployments), [['Fail', 'Deployment']])
  t.same(both(policy({ exclude: { kinds: ['DaemonSet', 'Rollout'] } })), [
    ['Fail', 'Deployment,StatefulSet,PodDisruptionBudget'],
  ])
  t.same(both(deployments, policy({})), [['Fail']], 'another policy is meant for all')
  t.same(both(policy({ kinds: ['DaemonSet'], exclude: { kinds: ['DaemonSet'] } })), [], 'a policy for nothing')
  t.equal(extentOf([policy({ kinds: ['DaemonSet'], exclude: { kinds: ['DaemonSet'] } })]), 'none')
  t.equal(extentOf([deployments, policy({ exclude: { kinds: ['Deployment'] } })]), 'all')
  const agents = policy({ kinds: ['DaemonSet'], namespaces: ['agents'] })
  const inAgents = `${isKind('DaemonSet')} && ${isIn('agents')}`
  t.same(both(deployments, agents), [['Fail', 'Deployment,DaemonSet', `(${isKind('Deployment')} || ${inAgents})`]])
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
    ['Fail', 'Deployment', inShop],
    ['Ignore', `!(${isKind('Deployment')} && ${inShop})`],
  ])
  t.same(both(policy({ kinds: ['Deployment'] }), policy({ kinds: ['DaemonSet'] }, lenient)), [
    ['Fail', 'Deployment'],
    ['Ignore', 'DaemonSet'],
  ])
})

t.test('each policy lets by whom it names, whatever others do elsewhere', async (t) => {
  const reason = `object.metadata.?annotations[?"evenkeel.dev/bypass-reason"].orValue('').trim()`
  const isNew = `(request.operation != 'UPDATE' || ${reason} != oldObject${reason.slice('object'.length)})`
  const by = (user: string) => `request.userInfo.username in ["${user}"]`
  const glass = (user: string) => `${by(user)} && ${reason} != '' && ${isNew}`
  const isControlled = 'object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false))'
  const delivery = (controller: string) => `${by(controller)} && (object.kind == 'Rollout' || ${isControlled})`
  const shop = policy({ namespaces: ['shop'] }, { bypass: { users: ['ops'] } })
  const blog = policy({ namespaces: ['blog'] })
  t.same(both(shop), [['Fail', `!(${glass('ops')})`, inShop]])
  t.same(both(shop, blog), [['Fail', `(${inShop} && !(${glass('ops')}) || ${inBlog})`]])
  const office = policy({ namespaces: ['office'] }, { ...lenient, bypass: { controllers: ['argo'] } })
  const judged = `${inShop} && !(${glass('ops')})`
  t.same(both(shop, office), [
    ['Fail', judged],
    ['Ignore', `${inOffice} && !(${delivery('argo')})`, `!(${judged})`],
  ])
  const all = policy({}, { bypass: { users: ['ops'], controllers: ['argo'] } })
  t.same(
    both(all, policy({}, lenient)),
    [
      ['Fail', `!((${delivery('argo')} || ${glass('ops')}))`],
      ['Ignore', `!(!((${delivery('argo')} || ${glass('ops')})))`],
    ],
    'whom one lets by, another judges',
  )
  const recorded = (...policies: Policy[]) => recordedReach(policies)?.conditions.map(({ expression }) => expression)
  t.same(recorded(blog, office), undefined, 'nobody may break the glass')
  t.same(recorded(all), [glass('ops'), `(${delivery('argo')} || ${glass('ops')})`])
  t.same(recorded(shop, blog), [`${inShop} && ${glass('ops')}`, `!((${judged} || ${inBlog}))`])
})
