import type { World } from '../../model/world.ts'
import type { ReportError } from '../../report/check-report.ts'
import { errorLine } from '../../report/error-line.ts'
import type { FixOptions } from '../commands/fix.ts'
import { exitCode, UsageError } from '../exit-code.ts'
import { findPolicies } from '../find-policies.ts'
import { complain, print } from '../output.ts'
import { editFiles, obstacleIn, positionsAfter, type Texts, whyUndone } from './edit-files.ts'
import { printedFixes } from './fix-output.ts'
import { type FixedManifest, fixWorld, type Obstacle } from './fix-world.ts'
import { leftToAuthor, type Outcome } from './left-to-author.ts'
import { type FileWorld, readWorld } from './read-world.ts'
import { NOTHING_WRITTEN, writeFiles } from './write-files.ts'

/** `evenkeel fix`: what would satisfy the rules, printed or written into the files. Returns the exit code. */
export async function fix(paths: readonly string[], options: FixOptions): Promise<number> {
  refuseUsage(paths, options)
  const { policies, warnings } = await findPolicies(options, process.cwd())
  const texts = new Map<string, string>()
  const read = await readWorld(paths, policies, options, texts)
  const { pieces, world, errors, ...outcome } = outcomeOf(read, texts, options)
  print(pieces)
  if (options.quiet !== true) complain(...warnings, ...read.notes)
  if (options.quiet !== true) for (const one of outcome.done) complain(...leftToAuthor(one, world, outcome))
  const complaints: readonly ReportError[] = [...read.errors, ...errors]
  complain(...complaints.map((error) => errorLine(error)))
  return complaints.length > 0 ? exitCode.partial : exitCode.clean
}

interface Result extends Outcome {
  /** For stdout. */
  readonly pieces: Iterable<string>
  readonly done: readonly FixedManifest[]
  /** With all fixes made. */
  readonly world: World
  readonly errors: readonly ReportError[]
}

/** The fixes to be printed; or they are written into the files, and what was changed is to be printed. */
export function outcomeOf(read: FileWorld, texts: Texts, options: Pick<FixOptions, 'output' | 'write'>): Result {
  const isWritten = options.write === true
  const isText = options.output === 'diff' || options.output === 'yaml'
  const inText: Obstacle = isText ? obstacleIn(texts, isWritten) : () => undefined
  const { fixed, world } = fixWorld(read, inText)
  const files = isText ? editFiles(fixed, texts) : []
  const done = isText ? files.flatMap((file) => file.done) : fixed
  const written = isWritten ? writeFiles(files) : NOTHING_WRITTEN
  const { lines, errors, files: changed } = written
  const pieces = isWritten ? lines : printedFixes(options.output, { done, files, texts })
  return { pieces, done, world, errors, obstacle: whyUndone(files, inText), positionOf: positionsAfter(changed) }
}

function refuseUsage(paths: readonly string[], { output, write, helm, kustomize }: FixOptions): void {
  const isStdin = paths.includes('-')
  if (write && output !== 'diff') throw new UsageError(`--write changes the files: leave out -o ${output}`)
  if (write && isStdin) throw new UsageError('stdin is no file to --write to: -o yaml prints it with its fixes')
  if (output === 'yaml' && (helm ?? kustomize) !== undefined)
    throw new UsageError('-o yaml prints files and stdin: render first (helm template CHART | evenkeel fix -o yaml -)')
}
