import { baselineEntries } from '../../report/baseline.ts'
import { errorLine } from '../../report/error-line.ts'
import type { BaselineOptions } from '../commands/baseline.ts'
import { exitCode, UsageError } from '../exit-code.ts'
import { findPolicies } from '../find-policies.ts'
import { isJudged, judge } from '../judge.ts'
import { complain, print } from '../output.ts'
import { writeFile } from '../write-file.ts'
import { baselineText } from './baseline-file.ts'
import { readWorld } from './read-world.ts'

/** `evenkeel baseline`: writes down what is found today, so that `check --baseline` minds only what is new. Returns the exit code. */
export async function writeBaseline(paths: readonly string[], options: BaselineOptions): Promise<number> {
  const { output: file = 'evenkeel-baseline.json' } = options
  const { policies, warnings } = await findPolicies(options, process.cwd())
  const { manifests, errors, notes, world } = await readWorld(paths, policies, options)
  const judged = manifests.filter(({ object }) => isJudged(object))
  const entries = baselineEntries(judged.map(({ object }) => ({ evaluation: judge(object, world) })))
  const text = baselineText(entries)
  if (file === '-') print([text])
  else {
    const complaints = writeFile(file, [text])
    if (complaints.length > 0) throw new UsageError(complaints, 'EVENKEEL_OUTPUT_UNWRITABLE')
  }
  if (options.quiet !== true)
    complain(...warnings, ...notes, `${entries.length} findings of ${judged.length} objects in ${file}`)
  complain(...errors.map((error) => errorLine(error)))
  return errors.length > 0 ? exitCode.partial : exitCode.clean
}
