import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readWorld } from '../../src/cli/files/read-world.ts'
import { findPolicies } from '../../src/cli/find-policies.ts'
import { isJudged, judge } from '../../src/cli/judge.ts'
import type { PolicyOptions } from '../../src/cli/option-groups.ts'
import { exitCodeOf } from '../../src/cli/output.ts'
import { changeOf } from '../../src/engine/change.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { fix } from '../../src/engine/fix.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import { readManifests } from '../../src/manifests/read-manifests.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { World } from '../../src/model/world.ts'
import type { CheckReport } from '../../src/report/check-report.ts'
import { toText } from '../../src/report/text.ts'

// Positions and policies are shown as the root of the repository sees them.
process.chdir(join(import.meta.dirname, '../..'))

const root = 'test/seeds'
/** By system, the namespace that its document gives to `kubectl -n`. */
const systems = {
  applyforus: 'applyforus',
  feastflow: 'feastflow',
  'sample-api': 'sample-app',
  'endpoint-stats': 'endpoint-stats',
  'aks-gitops': 'argocd',
} as const
type System = keyof typeof systems
const names = Object.keys(systems) as System[]

/** Exemptions end: the day on which the fixtures were written. */
const now = Date.parse('2026-11-21T12:00:00Z')

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map(({ name }) => join(root, folder, name))
    .sort()
}

/** Some files judged as one world, by a pack or by the preset `strict`. */
async function run(files: readonly string[], namespace: string, choice: PolicyOptions): Promise<CheckReport> {
  const { policies } = await findPolicies(choice, process.cwd())
  const { manifests, bystanders, errors, world } = await readWorld(files, policies, { namespace })
  const judged = manifests.filter(({ object }) => isJudged(object))
  const objects = judged.map((manifest) => ({
    evaluation: judge(manifest.object, { ...world, now }),
    source: manifest.source,
    positionOf: manifest.positionOf.bind(manifest),
  }))
  return { objects, errors, seen: manifests.length + bystanders }
}

/** The rules that could not say anything, and why: `check` only counts them. */
function skipped({ objects }: CheckReport): string[] {
  return objects.flatMap(({ evaluation: { object, results } }) =>
    results.flatMap((result) =>
      result.status === 'skip' ? [`skipped  ${object.kind} ${object.name}: ${result.rule}: ${result.reason}\n`] : [],
    ),
  )
}

/** Some files judged as one world, by the system's pack and by `strict`. */
interface Judged {
  readonly files: readonly string[]
  readonly reports: Readonly<Record<'--policy' | '--preset', CheckReport>>
}

/** The system's own manifests as one world, then each composed file alone. */
function judgements(system: System): Promise<Judged[]> {
  const worlds = [filesIn(system), ...filesIn(join(system, 'composed')).map((file) => [file])]
  const pack = { policy: [`policies/${system}.yaml`] }
  const both = async (files: string[]): Promise<Judged> => {
    const byPack = await run(files, systems[system], pack)
    return {
      files,
      reports: { '--policy': byPack, '--preset': await run(files, systems[system], { preset: 'strict' }) },
    }
  }
  return Promise.all(worlds.map(both))
}

/** What a terminal shows. */
function transcript(system: System, { files, reports }: Judged): string {
  const texts = Object.entries(reports).map(([option, report]) => {
    const by = `${option} ${option === '--policy' ? `policies/${system}.yaml` : 'strict'}`
    const command = `$ evenkeel check ${files.join(' ')} --namespace ${systems[system]} ${by}\n`
    const lines = [command, ...toText(report, (_, text) => text), ...skipped(report)]
    return `${lines.join('')}exit code ${exitCodeOf(report, 'deny')}\n`
  })
  return texts.join('\n')
}

/** The worst that becomes of a file, as REVIEW.md's tables spell it. */
function verdictOf(file: string, { objects, errors }: CheckReport): string {
  if (errors.some((error) => error.file === file)) return 'exit 3'
  const own = objects.filter(({ source }) => source?.file === file)
  const decisions = own.map(({ evaluation }) => evaluation.decision)
  return (['deny', 'warn', 'admit'] as const).find((verdict) => decisions.includes(verdict)) ?? '–'
}

/** By file, its row's verdicts in REVIEW.md. */
function reviewed(system: System): Record<string, string> {
  const [, section = ''] = readFileSync(join(root, 'REVIEW.md'), 'utf8').split(`\n## ${system}\n`)
  const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| (`.*?`) \| (.*?) \| (.*?) \|/gm)]
  const verdicts = rows.flatMap(([, files = '', pack = '', strict = '']) =>
    [...files.matchAll(/`(.*?)`/g)].map(([, file = '']) => [join(root, system, file), `${pack}, ${strict}`] as const),
  )
  return Object.fromEntries(verdicts)
}

t.test('every YAML block of the documents is here as it stands there, and nothing else beside them', (t) => {
  const sums = readFileSync(join(root, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
  const listed = sums.map((line) => ({ sum: line.slice(0, 64), file: join(root, line.slice(66)) }))
  for (const { sum, file } of listed) {
    t.equal(createHash('sha256').update(readFileSync(file)).digest('hex'), sum, file)
  }
  const there = names.flatMap((system) => [...filesIn(system), ...filesIn(join(system, 'fragments'))])
  t.same(listed.map(({ file }) => file).sort(), there.sort())
  t.equal(there.length, 37)
  t.end()
})

for (const system of names) {
  t.test(`${system}: its manifests get the verdicts, lines and messages of expected.txt`, async (t) => {
    const actual = (await judgements(system)).map((judged) => transcript(system, judged)).join('\n')
    const file = join(root, system, 'expected.txt')
    if (process.env['UPDATE_SNAPSHOTS']) writeFileSync(file, actual)
    t.equal(actual, readFileSync(file, 'utf8'))
    t.notMatch(actual, /the rule failed/)
  })

  t.test(`${system}: every policy of its pack is at work on some fixture`, async (t) => {
    const { policies } = await findPolicies({ policy: [`policies/${system}.yaml`] }, process.cwd())
    const judged = (await judgements(system)).flatMap(({ reports }) => reports['--policy'].objects)
    const working = new Set(judged.flatMap(({ evaluation }) => evaluation.results.map(({ policy }) => policy)))
    t.same(
      policies.map(({ name }) => name).filter((name) => !working.has(name)),
      [],
    )
  })

  t.test(`${system}: REVIEW.md has a row for every file, with the verdicts that it gets`, async (t) => {
    const verdicts = (await judgements(system)).flatMap(({ files, reports }) =>
      files.map(
        (file) =>
          [
            file,
            Object.values(reports)
              .map((report) => verdictOf(file, report))
              .join(', '),
          ] as const,
      ),
    )
    t.same(reviewed(system), Object.fromEntries(verdicts))
  })
}

t.test('a fragment is nothing to judge: it holds no object, and broken ones are errors with their line', async (t) => {
  const fragments = names.flatMap((system) => filesIn(join(system, 'fragments')))
  const { manifests, errors, unrendered } = await readManifests(fragments)
  t.same(manifests, [])
  t.same(unrendered, [{ tool: 'helm', directory: 'test/seeds/sample-api/fragments' }])
  t.same(
    errors.map(({ file, line, message }) => `${file}:${line ?? 0}: ${message}`),
    [
      'test/seeds/feastflow/fragments/blue-green.yaml:7: the key "selector" is there twice',
      'test/seeds/feastflow/fragments/canary.yaml:6: the key "deployment" is there twice',
      'test/seeds/sample-api/fragments/environment-configs.yaml:4: end of the stream or a document separator is expected',
    ],
  )
})

/** A write as `kubectl` sends it: what the mutating webhook makes of it, and what the validating one then says. */
async function write(before: KubeObject, after: KubeObject, fieldManager: string) {
  const { policies } = await findPolicies({ policy: ['policies/endpoint-stats.yaml'] }, process.cwd())
  const view = viewOf([before])
  const user = { username: 'alice', groups: ['system:authenticated'] }
  const change = changeOf(before, after, view)
  const request = { operation: 'UPDATE', user, oldObject: before, change, fieldManager } as const
  const world: World = { policies, view, now, defaulted: true, request }
  const { object } = fix(after, world, 'admission')
  return { object, evaluation: evaluate(object, world) }
}

t.test(
  'scripts/deploy.sh of endpoint-stats goes on as it is: the cause is written with `set image`, then annotated',
  async (t) => {
    const { manifests } = await readManifests([join(root, 'endpoint-stats/flask-api-deployment.yaml')])
    const cause = 'kubernetes.io/change-cause'
    const before = structuredClone(manifests[0]!.object)
    Object.assign(before.metadata, { annotations: { [cause]: 'Deploying version v1.9.0' } })
    const set = JSON.parse(
      JSON.stringify(before).replace('endpoint-stats:latest', 'endpoint-stats:v2.0.0'),
    ) as KubeObject
    const first = await write(before, set, 'kubectl-set')
    t.equal(first.object.metadata.annotations?.[cause], 'image flask-api latest -> v2.0.0; by alice via kubectl-set')
    t.equal(first.evaluation.decision, 'admit')
    const annotations = { [cause]: 'Deploying version v2.0.0' }
    const annotated = { ...first.object, metadata: { ...first.object.metadata, annotations } }
    const second = await write(first.object, annotated, 'kubectl-annotate')
    t.equal(second.object.metadata.annotations?.[cause], 'Deploying version v2.0.0', 'the author has the last word')
    t.equal(second.evaluation.decision, 'admit')
  },
)
