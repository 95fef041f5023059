import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { fixClasses, type Purpose } from '../../src/engine/fix-class.ts'
import { valueAt } from '../../src/kube/pointer.ts'
import type { ReportedFinding } from '../../src/model/finding.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { RuleResult } from '../../src/model/result.ts'
import type { World } from '../../src/model/world.ts'
import { rules } from '../../src/rules/index.ts'
import { byStrictApplier, refusalsOf } from '../engine/refused.ts'
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
  return result.findings.map(({ message, path, container, degree, exempt, fix: proposed }) => ({
    message,
    path,
    ...(container === undefined ? {} : { container }),
    ...(degree === undefined ? {} : { degree }),
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

/** Whether it is the webhook's, or the command line's, to repair the finding; in fixtures the webhook may override. */
function isRepairedFor(purpose: Purpose, { rule }: Fixture, finding: ReportedFinding): boolean {
  if (finding.fix === undefined || finding.exempt !== undefined) return false
  return purpose === 'admission' ? finding.fix.atAdmission === true : fixClasses[rule.fix].offer
}

function checkFix(t: Test, fixture: Fixture, result: RuleResult, purpose: Purpose): void {
  const repairable = findingsOf(result).filter((finding) => isRepairedFor(purpose, fixture, finding))
  const world = worldOfOne(fixture)
  const fixed = fix(fixture.object, world, purpose)
  if (repairable.length === 0)
    return void t.strictSame(fixed.operations, [], `${purpose}: nothing to repair and nothing done`)
  t.not(fixed.operations.length, 0, `${purpose}: the fix does something`)
  t.strictSame(byStrictApplier(fixture.object, fixed.operations), fixed.object, 'a strict applier comes to the same')
  const left = findingsOf(resultOf(fixed.object, world, fixture.rule.id))
  t.strictSame(
    left.filter((finding) => isRepairedFor(purpose, fixture, finding)),
    [],
    'what was fixed is found no more',
  )
  t.equal(
    left.length,
    findingsOf(result).length - repairable.length,
    'what cannot be fixed is still found, and nothing new',
  )
  t.strictSame(fix(fixed.object, world, purpose).operations, [], 'fixed again: nothing to do')
  const before = othersOf(fixture, fixture.object)
  t.strictSame(
    [...othersOf(fixture, fixed.object)].filter((found) => !before.has(found)),
    [],
    'no other rule is worse off',
  )
  t.strictSame(refusalsOf(fixed.object), [], 'the API server would take it')
}

function checkMessages(t: Test, fixture: Fixture, result: RuleResult): void {
  for (const { message, field, path } of findingsOf(result)) {
    t.match(message, /^[\x20-\x7e]{20,159}$/, 'the message is printable ASCII, shorter than 160 characters')
    t.ok(message.endsWith(`[${fixture.rule.id}]`), 'the message ends with the rule')
    t.notMatch(message, /\.\.\. \(/, 'no sentence had to be cut')
    t.notMatch(field, /^\.\.\.|ontainers\[\d+\]/, 'the field is whole, its container by name: containers change places')
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
        if (result.status === 'fail') {
          for (const purpose of ['admission', 'offer'] as const) checkFix(t, fixture, result, purpose)
        }
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
