import type { Manifest } from '../../manifests/manifest.ts'
import type { CheckReport, JudgedObject } from '../../report/check-report.ts'
import type { CheckOptions } from '../commands/check.ts'
import { findPolicies } from '../find-policies.ts'
import { isJudged, judge } from '../judge.ts'
import { complain, exitCodeOf } from '../output.ts'
import { writeReport } from '../write-report.ts'
import type { ReadBefore } from './against.ts'
import type { Covering } from './covering.ts'
import { type FileWorld, readWorld } from './read-world.ts'

function sourceOf({ source: { file, document, line, origin, rendered } }: Manifest) {
  return {
    file,
    document,
    line,
    ...(origin === undefined ? {} : { origin }),
    ...(rendered === undefined ? {} : { rendered }),
  }
}

/** What `judged` says of every object that a rule judges, with where it stands, and of what could not be judged. */
export function reportOn(
  { manifests, bystanders, errors, unrendered }: FileWorld,
  judged: (manifest: Manifest) => Pick<JudgedObject, 'evaluation' | 'changesOf'>,
): CheckReport {
  const objects = manifests
    .filter(({ object }) => isJudged(object))
    .map((manifest) => ({
      ...judged(manifest),
      source: sourceOf(manifest),
      positionOf: manifest.positionOf.bind(manifest),
      quoteOf: manifest.quoteOf.bind(manifest),
    }))
  return { objects, errors, seen: manifests.length + bystanders, unrendered: unrendered.length }
}

/** Only SARIF has a place for what would mend a finding: editing YAML is not loaded for the others. */
async function changeReader({
  output,
}: CheckOptions): Promise<(manifest: Manifest) => Pick<JudgedObject, 'changesOf'>> {
  if (!output.some(({ format }) => format === 'sarif')) return () => ({})
  const changes = (await import('./file-changes.ts')).changesInFiles()
  return (manifest) => ({ changesOf: (fix) => changes(manifest, fix) })
}

/** How to read what was there before, if that is asked for: opened first, so that a wrong name is told at once. */
async function opened({ against }: CheckOptions): Promise<ReadBefore> {
  if (against === undefined) return (_, { files }) => Promise.resolve({ worldOf: () => files.world, notes: [] })
  return (await import('./against.ts')).openBefore(against)
}

/** What counts for nothing, if there is a baseline. */
async function covering({ baseline }: CheckOptions): Promise<Covering> {
  if (baseline === undefined) return { cover: (evaluation) => evaluation, notes: () => [] }
  return (await import('./covering.ts')).coveringOf(baseline)
}

/** `evenkeel check`: judges manifests as files show them, or as the webhook would admit them. Returns the exit code. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<number> {
  const { policies, from, warnings } = await findPolicies(options, process.cwd())
  const baseline = await covering(options)
  const readBefore = await opened(options)
  const files = await readWorld(paths, policies, options)
  const earlier = await readBefore(paths, { policies, options, files })
  const changes = await changeReader(options)
  const report = reportOn(files, (manifest) => ({
    evaluation: baseline.cover(judge(manifest.object, earlier.worldOf(manifest), options.asAdmitted)),
    ...changes(manifest),
  }))
  if (options.quiet !== true)
    complain(`judging by ${from}`, ...warnings, ...files.notes, ...earlier.notes, ...baseline.notes(report.objects))
  await writeReport(report, options)
  return exitCodeOf(report, options.failOn)
}
