import t from 'tap'
import { isJudged } from '../../src/cli/judge.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { healthyApplications, healthyWorld } from '../../src/generate/healthy.ts'
import { rules } from '../../src/rules/index.ts'
import { fixturesRoot, titleOf } from './read-fixture.ts'

const applications = healthyApplications(fixturesRoot)

t.test('no rule finds anything in a healthy application, under any preset', (t) => {
  for (const { file, text, objects } of applications) {
    t.match(titleOf(text), /^\S.{5,}\.$/, `${file} says in a sentence what it is`)
    for (const column of ['strict', 'production', 'staging', 'development'] as const) {
      const world = healthyWorld(objects, column, rules)
      const wrong = objects.filter(isJudged).flatMap((object) =>
        evaluate(object, world).results.flatMap((result) => {
          if (result.status === 'error') return [`${object.kind}: ${result.rule}: ${result.error}`]
          return result.status === 'fail' ? result.findings.map(({ message }) => `${object.kind}: ${message}`) : []
        }),
      )
      t.strictSame(wrong, [], `${file} under ${column}`)
    }
  }
  t.end()
})

t.test('nothing of a healthy application is changed, by the webhook or by the command line', (t) => {
  for (const { file, objects } of applications) {
    const world = healthyWorld(objects, 'strict', rules)
    for (const purpose of ['admission', 'offer'] as const) {
      const changes = objects.filter(isJudged).flatMap((object) => fix(object, world, purpose).operations)
      t.strictSame(changes, [], `${file}: ${purpose}`)
    }
  }
  t.end()
})

t.test('every rule passes, not merely skips, on some object of a healthy application', (t) => {
  const passed = new Set(
    applications.flatMap(({ objects }) => {
      const world = healthyWorld(objects, 'strict', rules)
      const results = objects.filter(isJudged).flatMap((object) => evaluate(object, world).results)
      return results.filter(({ status }) => status === 'pass').map(({ rule }) => rule)
    }),
  )
  for (const { id } of rules) t.ok(passed.has(id), `${id}: give one of test/rules/healthy what the rule asks for`)
  t.end()
})

t.test('the applications hold every kind of workload, and Jobs and CronJobs, which are not judged', (t) => {
  const kinds = applications.flatMap(({ objects }) => objects.map(({ kind }) => kind))
  for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'Job', 'CronJob'])
    t.ok(kinds.includes(kind), kind)
  const unjudged = applications.flatMap(({ objects }) => objects.filter((object) => !isJudged(object)))
  t.ok(['Job', 'CronJob'].every((kind) => unjudged.some((object) => object.kind === kind)))
  t.end()
})
