import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import jsonPatch from 'fast-json-patch'
import t, { type Test } from 'tap'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { valueAt } from '../../src/kube/pointer.ts'
import type { Operation, ReportedFinding } from '../../src/model/finding.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { RuleResult } from '../../src/model/result.ts'
import type { Workload } from '../../src/model/workload.ts'
import type { World } from '../../src/model/world.ts'
import { budgetSpecOf } from '../../src/rollout/disruptions.ts'
import { rules } from '../../src/rules/index.ts'
import { readWorkload } from '../../src/workloads/read-workload.ts'
import { shapeError } from '../../src/workloads/shape-error.ts'
import { type Fixture, fixtureFiles, fixtureFolders, fixturesRoot, readFixture, worldOfOne } from './read-fixture.ts'

const isUpdate = process.env['UPDATE_SNAPSHOTS'] === '1'

function resultOf(object: KubeObject, world: World, id: string): RuleResult {
  const result = evaluate(object, world).results.find(({ rule }) => rule === id)
  if (result === undefined) throw new Error(`${id} does not judge a ${object.kind}`)
  return result
}

function findingsOf(result: RuleResult): readonly ReportedFinding[] {
  return result.status === 'fail' ? result.findings : []
}

/** What a snapshot keeps: all of a finding but what the policy makes of it. */
function essence(result: RuleResult): unknown {
  if (result.status !== 'fail') return result.status === 'skip' ? { reason: result.reason } : {}
  return result.findings.map(({ message, path, container, exempt, fix: proposed }) => ({
    message,
    path,
    ...(container === undefined ? {} : { container }),
    ...(exempt === undefined ? {} : { exempt }),
    ...(proposed === undefined ? {} : { fix: proposed.operations }),
  }))
}

function snapshotOf(fixture: Fixture): string {
  return join(fixturesRoot, fixture.rule.id, fixture.file.replace(/\.yaml$/, '.snap.json'))
}

/** As the repository's formatter has it: a short list of plain values on one line. */
function formatted(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replaceAll(/\[\s+("[^"\n]*"|[0-9]+)\s+\]/g, '[$1]')}\n`
}

function matchSnapshot(t: Test, fixture: Fixture, result: RuleResult): void {
  if (fixture.status === 'pass') return
  const path = snapshotOf(fixture)
  if (isUpdate) writeFileSync(path, formatted(essence(result)))
  if (!existsSync(path))
    return void t.fail(`${path} is missing: look at the findings, then write it with UPDATE_SNAPSHOTS=1`)
  t.strictSame(essence(result), JSON.parse(readFileSync(path, 'utf8')), 'what it says is what the snapshot says')
}

function workloadRefusals(workload: Workload): string[] {
  const { containers, initContainers, terminationGracePeriodSeconds } = workload.template.spec ?? {}
  const grace = terminationGracePeriodSeconds ?? 30
  const tooLong = [...(containers ?? []), ...(initContainers ?? [])].filter(
    ({ lifecycle }) => (lifecycle?.preStop?.sleep?.seconds ?? 0) > grace,
  )
  const { maxSurge, maxUnavailable } = workload.strategy.type === 'RollingUpdate' ? workload.strategy : {}
  const isStuck = workload.kind === 'Deployment' && maxSurge === 0 && maxUnavailable === 0
  return [
    ...tooLong.map(({ name }) => `container ${name} sleeps longer than the grace period`),
    ...(isStuck ? ['maxSurge and maxUnavailable may not both be 0'] : []),
  ]
}

/** What Kubernetes' validation would refuse, of what fixes write. */
function refusals(object: KubeObject): string[] {
  const error = shapeError(object)
  if (error) return [`${error.path} ${error.message}`]
  const { minAvailable, maxUnavailable } = budgetSpecOf(object)
  if (minAvailable != null && maxUnavailable != null) return ['minAvailable and maxUnavailable exclude each other']
  const workload = readWorkload(object)
  return workload === undefined ? [] : workloadRefusals(workload)
}

/** What the other rules find, by container; the paths of findings grow with what a fix adds. */
function othersOf(fixture: Fixture, object: KubeObject): Set<string> {
  const others = evaluate(object, fixture.world).results.filter(({ rule }) => rule !== fixture.rule.id)
  return new Set(
    others.flatMap((result) =>
      result.status === 'error'
        ? [result.rule]
        : findingsOf(result).map(({ container }) => `${result.rule} ${container ?? ''}`),
    ),
  )
}

function byStrictApplier(object: KubeObject, operations: readonly Operation[]): KubeObject {
  const document = structuredClone(object)
  return jsonPatch.applyPatch(document, structuredClone(operations) as jsonPatch.Operation[], true, true).newDocument
}

function checkFix(t: Test, fixture: Fixture, result: RuleResult): void {
  const proposed = findingsOf(result).filter((finding) => finding.fix !== undefined)
  const purpose = fixture.rule.fix === 'admission' ? 'admission' : 'offer'
  const world = worldOfOne(fixture)
  const fixed = fix(fixture.object, world, purpose)
  if (findingsOf(result).some(({ exempt }) => exempt))
    return void t.strictSame(fixed.operations, [], 'what is exempt is left alone')
  if (proposed.length === 0) return void t.strictSame(fixed.operations, [], 'nothing is proposed and nothing done')
  t.not(fixed.operations.length, 0, 'the fix does something')
  t.strictSame(byStrictApplier(fixture.object, fixed.operations), fixed.object, 'a strict applier comes to the same')
  const left = findingsOf(resultOf(fixed.object, world, fixture.rule.id))
  t.strictSame(
    left.filter((finding) => finding.fix !== undefined),
    [],
    'what was fixed is found no more',
  )
  t.equal(
    left.length,
    findingsOf(result).length - proposed.length,
    'what cannot be fixed is still found, and nothing new',
  )
  t.strictSame(fix(fixed.object, world, purpose).operations, [], 'fixed again: nothing to do')
  const before = othersOf(fixture, fixture.object)
  t.strictSame(
    [...othersOf(fixture, fixed.object)].filter((found) => !before.has(found)),
    [],
    'no other rule is worse off',
  )
  t.strictSame(refusals(fixed.object), [], 'the API server would take it')
}

function checkMessages(t: Test, fixture: Fixture, result: RuleResult): void {
  for (const { message, path } of findingsOf(result)) {
    t.match(message, /^[\x20-\x7e]{20,159}$/, 'the message is printable ASCII, shorter than 160 characters')
    t.ok(message.endsWith(`[${fixture.rule.id}]`), 'the message ends with the rule')
    t.notMatch(message, /\.\.\. \(/, 'no sentence had to be cut')
    t.not(valueAt(fixture.object, path), undefined, 'the path leads to something in the object')
  }
}

for (const rule of rules) {
  t.test(`fixtures of ${rule.id}`, (t) => {
    for (const path of fixtureFiles(rule.id)) {
      const fixture = readFixture(rule, path)
      t.test(`${fixture.file}: ${fixture.title}`, (t) => {
        const result = resultOf(fixture.object, fixture.world, rule.id)
        const why = result.status === 'error' ? result.error : JSON.stringify(essence(result))
        t.equal(result.status, fixture.status, why)
        matchSnapshot(t, fixture, result)
        checkMessages(t, fixture, result)
        if (result.status === 'fail') checkFix(t, fixture, result)
        t.end()
      })
    }
    t.end()
  })
}

t.test('each fixture says in a sentence what it is about', (t) => {
  for (const rule of rules) {
    const titles = fixtureFiles(rule.id).map((path) => readFixture(rule, path).title)
    for (const title of titles) t.match(title, /^\S.{5,}\.$/)
  }
  t.end()
})

t.test('each snapshot has its fixture', (t) => {
  for (const id of fixtureFolders()) {
    for (const file of readdirSync(join(fixturesRoot, id))) {
      const path = join(fixturesRoot, id, file)
      t.match(
        file,
        /^reasons\.yaml$|^(pass|fail|skip)(\.[a-z0-9-]+)?\.yaml$|^(fail|skip)(\.[a-z0-9-]+)?\.snap\.json$/,
        `${dirname(path)}: ${file}`,
      )
      if (file.endsWith('.snap.json')) t.ok(existsSync(path.replace('.snap.json', '.yaml')), `${path} has a fixture`)
    }
  }
  t.end()
})
