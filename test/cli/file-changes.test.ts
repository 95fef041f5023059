import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { changesInFiles } from '../../src/cli/files/file-changes.ts'
import { editYaml } from '../../src/manifests/edit-yaml.ts'
import type { Manifest } from '../../src/manifests/manifest.ts'
import { readManifests } from '../../src/manifests/read-manifests.ts'
import type { ReportChange } from '../../src/report/check-report.ts'
import { reportOf } from '../report/report-of.ts'

type Point = ReportChange['from']

const offsetOf = (text: string, { line, column }: Point): number => {
  const before = text.split('\n').slice(0, line - 1)
  return before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1
}

/** As an editor does it that follows SARIF: from the end to the beginning. */
function applied(text: string, changes: readonly ReportChange[]): string {
  return changes.toReversed().reduce((now, { from, to, text: inserted }) => {
    const [start, end] = [offsetOf(now, from), offsetOf(now, to)]
    return now.slice(0, start) + inserted + now.slice(end)
  }, text)
}

/** The findings of a file that have a fix, with the manifest that each is in. */
async function fixable(file: string) {
  const { manifests } = await readManifests([file])
  const of = (document: number, name: string): Manifest | undefined =>
    manifests.find(({ source, object }) => source.document === document && object.metadata.name === name)
  return reportOf({ [file]: readFileSync(file, 'utf8') }).objects.flatMap(
    ({ evaluation: { object, results }, source }) => {
      const manifest = of(source?.document ?? -1, object.name)
      const findings = results.flatMap((result) => (result.status === 'fail' ? result.findings : []))
      return findings.flatMap(({ fix }) => (fix && manifest ? [{ fix, manifest }] : []))
    },
  )
}

t.test('the changes told for a fix make of the file what the fix makes of it, in every failing fixture', async (t) => {
  const files = globSync('test/rules/*/fail*.yaml')
  const changesOf = changesInFiles()
  let told = 0
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    for (const { fix, manifest } of await fixable(file)) {
      const { document, base } = manifest.source
      const { text: wanted, refused } = editYaml(text, [{ document, base, operations: fix.operations }])
      const changes = changesOf(manifest, fix)
      if (refused.length > 0 || wanted === text) t.equal(changes, undefined, file)
      else {
        t.equal(applied(text, changes ?? []), wanted, file)
        told++
      }
    }
  }
  t.ok(told > 100, String(told))
})

const head = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 4\n'
const tail = '  template: {spec: {containers: [{name: web, image: x:1}]}}\n'

t.test('a change touches the words that differ and nothing else, in every style of YAML', async (t) => {
  const cases: Readonly<Record<string, readonly [text: string, old: string, fresh: string]>> = {
    block: [
      `${head}  strategy:\n    rollingUpdate:\n      maxUnavailable: 25% # a\n      maxSurge: 1\n${tail}`,
      '25%',
      '0',
    ],
    flow: [`${head}  strategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}\n${tail}`, '1', '0'],
    second: [`a: 1\n---\n${head}  strategy: {rollingUpdate: {maxUnavailable: 10, maxSurge: 1}}\n${tail}`, '10', '0'],
  }
  for (const [style, [text, old, fresh]] of Object.entries(cases)) {
    for (const breaks of ['\n', '\r\n']) {
      const file = join(t.testdir({ 'a.yaml': text.replaceAll('\n', breaks) }), 'a.yaml')
      const all = await fixable(file)
      const found = all.find(({ fix }) => fix.operations.some(({ path }) => path.endsWith('/maxUnavailable')))
      const [change, ...others] = changesInFiles()(found!.manifest, found!.fix) ?? []
      const written = readFileSync(file, 'utf8')
      t.strictSame(others, [], style)
      t.equal(written.slice(offsetOf(written, change!.from), offsetOf(written, change!.to)), old, style)
      t.equal(change?.text, fresh, style)
    }
  }
})

t.test('nothing is told to be changed in what something else made', async (t) => {
  const text = `${head}  strategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}\n${tail}`
  const dir = t.testdir({ 'made.yaml': `# Code generated. DO NOT EDIT.\n${text}`, 'own.yaml': text })
  const changes = changesInFiles()
  for (const [name, isTold] of [
    ['made.yaml', false],
    ['own.yaml', true],
  ] as const) {
    const all = await fixable(join(dir, name))
    t.equal(
      all.some(({ fix, manifest }) => changes(manifest, fix) !== undefined),
      isTold,
      name,
    )
  }
})

t.test('nothing is told to be changed in what is no longer the file that was judged', async (t) => {
  const text = `${head}  strategy: {rollingUpdate: {maxUnavailable: 1, maxSurge: 1}}\n${tail}`
  const file = join(t.testdir({ 'a.yaml': text }), 'a.yaml')
  const all = await fixable(file)
  const isTold = () => {
    const changes = changesInFiles()
    return all.some(({ fix, manifest }) => changes(manifest, fix) !== undefined)
  }
  t.ok(isTold())
  for (const now of [`# new\n${text}`, text.replace('web', 'api'), text.replace('replicas: 4', 'replicas: 5'), '']) {
    writeFileSync(file, now)
    t.notOk(isTold(), now)
  }
  writeFileSync(file, `${text}---\na: 1\n`)
  t.ok(isTold(), 'what comes after it is no matter')
  rmSync(file)
  t.notOk(isTold(), 'it is gone')
  execFileSync('mkfifo', [file])
  t.notOk(isTold(), 'a pipe has been read')
})
