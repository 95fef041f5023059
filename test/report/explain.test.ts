import t from 'tap'
import { readExamples } from '../../src/generate/examples.ts'
import type { Rule } from '../../src/model/rule.ts'
import { explainRule } from '../../src/report/explain.ts'
import { rules } from '../../src/rules/index.ts'
import { fixturesRoot } from '../rules/read-fixture.ts'

const rule = (id: string): Rule => {
  const found = rules.find((candidate) => candidate.id === id)
  if (found === undefined) throw new Error(id)
  return found
}

const explained = (each: Rule): string => explainRule(each, readExamples(each, fixturesRoot))

t.test('every rule is explained whole, in plain text', (t) => {
  for (const each of rules) {
    const text = explained(each)
    for (const part of [each.id, each.title, each.why, each.remedy, each.severity, `exempt.evenkeel.dev/${each.id}:`]) {
      t.ok(text.includes(part), `${each.id}: ${part}`)
    }
    for (const name of Object.keys(each.params.properties))
      t.ok(text.includes(`- \`${name}\` (`), `${each.id}: ${name}`)
    t.match(text, /^[\x20-\x7e\n]+$/, `${each.id}: printable in any terminal`)
    t.notMatch(text, /undefined|\[object|\n{3}/, `${each.id}: no gaps`)
    t.ok(text.endsWith('\n'))
  }
  t.end()
})

t.test('params come with type, bounds, default and what recommended makes of them', (t) => {
  t.match(explained(rule('limit-max-surge')), /- `max` \(integer, at least 1; no default\): Pods/)
  t.match(explained(rule('limit-max-unavailable')), /- `max` \(integer, at least 0; default 0\): Pods/)
  t.match(
    explained(rule('require-pre-stop-hook')),
    /- `containers` \(all or serving; default "all", in recommended "serving"\): Which/,
  )
  t.match(
    explained(rule('require-change-cause')),
    /- `keys` \(list; default \["kubernetes.io\/change-cause"\]\): Annot/,
  )
  t.match(explained(rule('disallow-blocking-disruption-budget')), /## Params\nNone\.\n/)
  t.end()
})

t.test('it says what is judged, what must be known for it, and which writes are told', (t) => {
  t.match(explained(rule('limit-max-surge')), /Judges: Deployment, StatefulSet, DaemonSet and Rollout\.\n/)
  t.match(
    explained(rule('require-disruption-budget')),
    /Skipped unless it can see every PodDisruptionBudget of the namespace\.\n/,
  )
  const budget = explained(rule('disallow-blocking-disruption-budget'))
  t.match(budget, /Judges: PodDisruptionBudget\.\n/)
  t.match(budget, /newly breaks here: Deployment, StatefulSet, DaemonSet, Rollout and HorizontalPodAutoscaler\.\n/)
  t.end()
})

t.test('it says who applies the fix', (t) => {
  const words = {
    safe: /`fix: absent`, as in the presets.*`evenkeel fix` proposes/,
    admission: /Nothing is proposed for files/,
    'opt-in': /which no preset does/,
    offer: /the webhook never does it/,
    none: /only the author knows/,
  }
  for (const each of rules) t.match(explained(each), words[each.fix], `${each.id}: ${each.fix}`)
  t.end()
})
