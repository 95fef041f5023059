import type { Manifest } from '../manifests/manifest.ts'
import type { CheckReport, JudgedObject } from '../report/check-report.ts'
import { findPolicies, type PolicyChoice } from './find-policies.ts'
import { isJudged, judge } from './judge.ts'
import { complain, exitCodeOf } from './output.ts'
import { type InputOptions, readWorld } from './read-world.ts'
import { type ReportOptions, writeReport } from './write-report.ts'

export interface CheckOptions extends InputOptions, PolicyChoice, ReportOptions {
  readonly asAdmitted?: boolean
  readonly quiet?: boolean
}

function sourceOf({ source: { file, document, line, origin, rendered } }: Manifest) {
  return {
    file,
    document,
    line,
    ...(origin === undefined ? {} : { origin }),
    ...(rendered === undefined ? {} : { rendered }),
  }
}

/** Only SARIF has a place for what would mend a finding: editing YAML is not loaded for the others. */
async function changeReader({
  output,
}: ReportOptions): Promise<(manifest: Manifest) => Pick<JudgedObject, 'changesOf'>> {
  if (!output.some(({ format }) => format === 'sarif')) return () => ({})
  const changes = (await import('./file-changes.ts')).changesInFiles()
  return (manifest) => ({ changesOf: (fix) => changes(manifest, fix) })
}

/** `evenkeel check`: judges manifests as files show them, or as the webhook would admit them. Returns the exit code. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<number> {
  const { policies, from } = findPolicies(options, process.cwd())
  const { manifests, errors, notes, unrendered, world } = await readWorld(paths, policies, options)
  const changes = await changeReader(options)
  const objects = manifests
    .filter(({ object }) => isJudged(object))
    .map((manifest) => ({
      evaluation: judge(manifest.object, world, options.asAdmitted),
      source: sourceOf(manifest),
      positionOf: manifest.positionOf.bind(manifest),
      quoteOf: manifest.quoteOf.bind(manifest),
      ...changes(manifest),
    }))
  const report: CheckReport = { objects, errors, seen: manifests.length, unrendered: unrendered.length }
  if (options.quiet !== true) complain(`judging by ${from}`, ...notes)
  await writeReport(report, options)
  return exitCodeOf(report, options.failOn)
}
