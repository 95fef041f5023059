import fc from 'fast-check'
import t from 'tap'
import type { PodTemplate } from '../../src/model/workload.ts'
import { describeChange } from '../../src/rollout/describe-change.ts'
import { joinCauses } from '../../src/rollout/join-causes.ts'

t.test('causes of two changes that one rollout brings are told together', (t) => {
  const by = '; by alice via kubectl-set'
  const joined = (earlier: string, later: string) => joinCauses(`${earlier}${by}`, `${later}${by}`).replace(by, '')
  t.equal(joined('image api 1 -> 2', 'api resources'), 'image api 1 -> 2, api resources')
  t.equal(joined('api resources', 'image api 1 -> 2'), 'image api 1 -> 2, api resources', 'images first')
  t.equal(joined('image api 1 -> 2', 'image api 2 -> 3, api resources'), 'image api 1 -> 3, api resources')
  t.equal(joined('image a 1 -> 2', 'image b 2 -> 3'), 'image a 1 -> 2, image b 2 -> 3', 'of two containers')
  t.equal(
    joined('image api shop/api:1 -> fork/api:2', 'image api 2 -> 3'),
    'image api shop/api:1 -> fork/api:2, image api 2 -> 3',
  )
  t.equal(joined('image api 1 -> 2, api resources', 'image api 2 -> 1'), 'api resources', 'there and back is no change')
  t.equal(joined('image api 1 -> 2', 'image api 2 -> 1'), 'image api 2 -> 1', 'but there is always a cause')
  t.equal(joined('image api 1 -> $&', 'image api $& -> $1'), 'image api 1 -> $1')
  t.equal(joined('api resources', 'api resources'), 'api resources')
  t.equal(
    joined('first rollout, image api shop/api:1', 'image api 1 -> 2'),
    'first rollout, image api shop/api:1, image api 1 -> 2',
  )
  t.end()
})

t.test('whoever had a hand in it is named, and the words of a person are left alone', (t) => {
  t.equal(
    joinCauses('image api 1 -> 2; by alice via kubectl-set', 'api resources; by bob via kubectl-edit'),
    'image api 1 -> 2, api resources; by alice via kubectl-set, bob via kubectl-edit',
  )
  t.equal(joinCauses('api env; by alice (generation 7)', 'api args; by alice'), 'api env, api args; by alice')
  t.equal(joinCauses('vouchers', 'api args; by alice'), 'api args; by alice')
  const endless = `${'; by '.repeat(50_000)}\n`
  t.equal(joinCauses(endless, 'api args; by alice').length <= 200, true, 'in bounded time')
  t.end()
})

t.test('however often an image changes, the first and the last are told in 200 characters', (t) => {
  const pod = (image: string): PodTemplate => ({ spec: { containers: [{ name: 'api', image }] } })
  const images = fc.array(fc.constantFrom('1', '2', '3', '4'), { minLength: 2, maxLength: 12 })
  fc.assert(
    fc.property(images, fc.array(fc.constantFrom('alice', 'bob', 'x'.repeat(90)), { minLength: 1 }), (tags, people) => {
      const steps = tags.slice(1).map((tag, i) => ({ from: tags[i]!, tag, who: people[i % people.length]! }))
      const causes = steps
        .filter(({ from, tag }) => from !== tag)
        .map(({ from, tag, who }) => describeChange(pod(`api:${from}`), pod(`api:${tag}`), who))
      if (causes.length === 0) return
      const whole = causes.reduce(joinCauses)
      t.match(whole, /^[\x20-\x7e]{3,200}$/)
      t.match(whole, new RegExp(`-> ${tags.at(-1)}; by `))
      if (tags.lastIndexOf(tags[0]!) === 0) t.match(whole, `image api ${tags[0]} -> ${tags.at(-1)}; by `)
    }),
  )
  t.end()
})
