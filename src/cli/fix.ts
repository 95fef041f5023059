import { readFileSync } from 'node:fs'
import { evaluate } from '../engine/evaluate.ts'
import { type Fixed, fix as fixObject } from '../engine/fix.ts'
import { refOf } from '../kube/group-kind.ts'
import { editYaml, unifiedDiff } from '../manifests/edit-yaml.ts'
import type { Manifest } from '../manifests/manifest.ts'
import type { World } from '../model/world.ts'
import { worstFirst } from '../report/severity.ts'
import { exitCode, UsageError } from './exit-code.ts'
import { findPolicies, type PolicyChoice } from './find-policies.ts'
import { isJudged } from './judge.ts'
import { complain, print } from './output.ts'
import { type InputOptions, readWorld } from './read-world.ts'

export interface FixOptions extends InputOptions, PolicyChoice {
  readonly output: 'diff' | 'json-patch'
  readonly quiet?: boolean
}

interface FixedManifest {
  readonly manifest: Manifest
  readonly fixed: Fixed
}

function jsonPatch({ manifest, fixed }: FixedManifest): object {
  const rules = [...new Set(fixed.applied.map(({ rule }) => rule))]
  const { file, document, line } = manifest.source
  return { object: refOf(manifest.object), source: { file, document, line }, rules, operations: fixed.operations }
}

function diffs(changed: readonly FixedManifest[]): string[] {
  const files = [...new Set(changed.map(({ manifest }) => manifest.source.file))]
  return files.map((file) => {
    const text = readFileSync(file, 'utf8')
    const inFile = changed.filter(({ manifest }) => manifest.source.file === file)
    const edits = inFile.map(({ manifest: { source }, fixed }) => ({
      document: source.document,
      base: source.base,
      operations: fixed.operations,
    }))
    const { text: edited, refused } = editYaml(text, edits)
    for (const { reason, path } of refused) complain(`${file}: ${path} is left to you: ${reason}`)
    return unifiedDiff(text, edited, file)
  })
}

/** What neither these fixes nor the webhook mend is said, since it needs the author's knowledge. */
function sayRemaining({ manifest, fixed }: FixedManifest, world: World): void {
  for (const { finding, message, verdict } of worstFirst(evaluate(fixed.object, world).results)) {
    if (finding === undefined || verdict === 'admit' || finding.fix?.atAdmission) continue
    const { file, line } = manifest.positionOf(finding.path)
    complain(`${file}:${line}: left to you: ${message}`)
  }
}

/** `evenkeel fix`: what would satisfy the rules, as a diff of the files or as JSON patches. Returns the exit code. */
export async function fix(paths: readonly string[], options: FixOptions): Promise<number> {
  if (options.output === 'diff' && paths.includes('-'))
    throw new UsageError('a diff is made of files; for stdin there is -o json-patch')
  const { policies } = findPolicies(options, process.cwd())
  const { manifests, errors, world } = await readWorld(paths, policies, options)
  const judged = manifests.filter(({ object }) => isJudged(object))
  const fixed = judged.map((manifest) => ({ manifest, fixed: fixObject(manifest.object, world, 'offer') }))
  const changed = fixed.filter((one) => one.fixed.operations.length > 0)
  print(options.output === 'diff' ? diffs(changed) : [`${JSON.stringify(changed.map(jsonPatch), null, 2)}\n`])
  if (options.quiet !== true) for (const one of fixed) sayRemaining(one, world)
  for (const error of errors) complain(`${error.file ?? ''}:${error.line ?? 1}: ${error.message}`)
  return errors.length > 0 ? exitCode.partial : exitCode.clean
}
