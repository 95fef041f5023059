import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { readCommandLine } from '../../src/cli/command-line.ts'
import { definition } from '../../src/cli/commands/check.ts'
import { isUsageError } from '../../src/cli/exit-code.ts'
import { brokenText } from '../manifests/broken-text.ts'

t.setTimeout(600_000)

interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

interface Report {
  readonly objects: readonly {
    readonly decision: string
    readonly source: Place
    readonly results: readonly {
      readonly status: string
      readonly findings?: readonly { readonly position: Place }[]
    }[]
  }[]
  readonly errors: readonly Place[]
}

const files = 20_000
const filesARun = 20
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

/** What `evenkeel check` answers, in this process: 20 000 processes would take an hour. */
async function check(args: readonly string[]): Promise<number> {
  const { operands, options } = readCommandLine(definition, args)
  try {
    return await definition.run(operands, options, {})
  } catch (error) {
    if (isUsageError(error)) return 2
    throw error
  }
}

function documented({ objects, errors }: Report): number {
  if (errors.length > 0) return 3
  return objects.some(({ decision }) => decision === 'deny') ? 1 : 0
}

function placesIn({ objects, errors }: Report): Place[] {
  const findings = objects.flatMap(({ results }) => results.flatMap((result) => result.findings ?? []))
  return [...objects.map(({ source }) => source), ...findings.map(({ position }) => position), ...errors]
}

t.test(
  `20 000 broken files: no crash, no hang, every place inside its file, the exit code as documented (FUZZ_SEED=${seed})`,
  async (t) => {
    const directory = t.testdir({ manifests: {} })
    const report = join(directory, 'report.json')
    const sources = globSync(['test/{seeds,demo-repository,rules}/**/*.yaml', 'test/**/*.json'])
      .map((file) => readFileSync(file, 'utf8'))
      .filter((text) => text.length < 20_000)
    const json = sources.flatMap((text) => (text.startsWith('{') ? [text] : []))
    const seen = { 0: 0, 1: 0, 2: 0, 3: 0 } as Record<number, number>
    const statuses = new Set<string>()
    const run = async (texts: readonly string[]): Promise<void> => {
      const names = texts.map((text, n) =>
        join(directory, 'manifests', `${n}.${text.startsWith('{') ? 'json' : 'yaml'}`),
      )
      texts.forEach((text, n) => writeFileSync(names[n] as string, text))
      const start = process.cpuUsage().user
      const code = await check(['--preset', 'strict', '--allow-empty', '--quiet', '-o', `json=${report}`, ...names])
      const milliseconds = (process.cpuUsage().user - start) / 1000
      if (milliseconds > 2000) throw new Error(`it took ${milliseconds} ms`)
      const told = JSON.parse(readFileSync(report, 'utf8')) as Report
      if (code !== documented(told)) throw new Error(`exit code ${code} instead of ${documented(told)}`)
      seen[code] = (seen[code] ?? 0) + 1
      const lines = new Map(names.map((name, n) => [name, (texts[n] ?? '').replace(/^\uFEFF/, '').split('\n')]))
      for (const { file, line = 1, column = 1 } of placesIn(told)) {
        const length = lines.get(file)?.[line - 1]?.length ?? -1
        if (column < 1 || column > length + 1) throw new Error(`${file}:${line}:${column} is outside`)
      }
      for (const { results } of told.objects) for (const { status } of results) statuses.add(status)
    }
    const text = fc.oneof({ weight: 9, arbitrary: brokenText(sources) }, { weight: 1, arbitrary: brokenText(json) })
    const alone = fc.array(text, { minLength: 1, maxLength: 1 })
    const together = fc.array(text, { minLength: filesARun, maxLength: filesARun })
    // What is loaded is loaded, and does not count as a hang.
    await check([
      '--preset',
      'strict',
      '--allow-empty',
      '--quiet',
      '-o',
      `json=${report}`,
      ...globSync('test/seeds/*/*.yaml'),
    ])
    // Alone, so that every exit code comes; together, as they are judged in one world.
    await fc.assert(fc.asyncProperty(alone, run), { seed, numRuns: files / 10 })
    await fc.assert(fc.asyncProperty(together, run), { seed, numRuns: (files * 9) / 10 / filesARun })
    t.ok(Math.min(seen[0] ?? 0, seen[1] ?? 0, seen[3] ?? 0) > 50, `all codes come: ${JSON.stringify(seen)}`)
    t.notOk(statuses.has('error'), 'no rule throws')
  },
)
