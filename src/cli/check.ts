import type { Manifest } from '../manifests/manifest.ts'
import type { CheckReport } from '../report/check-report.ts'
import { findPolicies, type PolicyChoice } from './find-policies.ts'
import { isJudged, judge } from './judge.ts'
import { complain, exitCodeOf, type FailOn, formatted, type OutputFormat, painter, print } from './output.ts'
import { type InputOptions, readWorld } from './read-world.ts'

export interface CheckOptions extends InputOptions, PolicyChoice {
  readonly output: OutputFormat
  readonly failOn: FailOn
  readonly asAdmitted?: boolean
  readonly noColor?: boolean
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

/** `evenkeel check`: judges manifests as files show them, or as the webhook would admit them. Returns the exit code. */
export async function check(paths: readonly string[], options: CheckOptions): Promise<number> {
  const { policies, from } = findPolicies(options, process.cwd())
  const { manifests, errors, notes, unrendered, world } = await readWorld(paths, policies, options)
  const objects = manifests
    .filter(({ object }) => isJudged(object))
    .map((manifest) => ({
      evaluation: judge(manifest.object, world, options.asAdmitted),
      source: sourceOf(manifest),
      positionOf: manifest.positionOf.bind(manifest),
      quoteOf: manifest.quoteOf.bind(manifest),
    }))
  const report: CheckReport = { objects, errors, seen: manifests.length, unrendered: unrendered.length }
  const pieces = formatted(report, options.output, painter(options.noColor))
  if (options.quiet !== true) complain(`judging by ${from}`, ...notes)
  print(pieces)
  return exitCodeOf(report, options.failOn)
}
