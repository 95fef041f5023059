import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { bundle } from '../../tools/bundle.ts'
import { kubeScore } from './kube-score.ts'
import { median } from './statistics.ts'
import type { Measurement, Row } from './table.ts'
import { writeTree } from './tree.ts'
import { type Usage, usageOf } from './whole-process.ts'

const runs = 5
const seed = 1

const walk = `
  const { globSync, readFileSync } = require('node:fs')
  const texts = globSync('**/*.yaml').map((file) => () => readFileSync(file, 'utf8'))`
const reading = `${walk}; for (const text of texts) text()`
const parsing = `${walk}; const { loadAll } = require(${JSON.stringify(resolve('node_modules/js-yaml'))}); for (const text of texts) loadAll(text())`

/** Of several runs in turns, so that a machine that slows down does so for all. */
async function inTurns(commands: Readonly<Record<string, () => Promise<Usage>>>): Promise<Record<string, Usage>> {
  const seen: Record<string, Usage[]> = {}
  for (let n = 0; n < runs; n++)
    for (const [name, command] of Object.entries(commands)) (seen[name] ??= []).push(await command())
  const middle = (all: readonly Usage[]): Usage => ({
    wall: median(all.map(({ wall }) => wall)),
    cpu: median(all.map(({ cpu }) => cpu)),
    peak: median(all.map(({ peak }) => peak)),
  })
  return Object.fromEntries(Object.entries(seen).map(([name, all]) => [name, middle(all)]))
}

/** The goal is one of time, which is the wall's. */
function rowsOf(what: string, ours: Usage, floor?: Usage, goal?: Row['goal']): Row[] {
  return (['wall', 'cpu'] as const).map((key) => ({
    what: `${what}, ${key === 'cpu' ? 'CPU' : 'wall'}`,
    unit: 's',
    ...(floor === undefined ? {} : { floor: floor[key] }),
    ours: ours[key],
    ...(goal === undefined || key === 'cpu' ? {} : { goal }),
  }))
}

/** `check` of a whole tree beside what else could be done with it. */
export async function run(): Promise<Measurement> {
  const score = await kubeScore()
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
  const [one, two, four] = [join(directory, 'one'), join(directory, 'two'), join(directory, 'four')]
  try {
    const tree = writeTree(one, 1, seed)
    writeTree(two, 2, seed)
    writeTree(four, 4, seed)
    const files = tree.files.map((file) => relative(one, file))
    const check = (cwd: string) => usageOf(process.execPath, [bundle, 'check', '--preset', 'strict', '.'], cwd)
    const node = (script: string) => usageOf(process.execPath, ['-e', script], one)
    const seen = await inTurns({
      check: () => check(one),
      twice: () => check(two),
      fourfold: () => check(four),
      reading: () => node(reading),
      parsing: () => node(parsing),
      ...(score === undefined ? {} : { score: () => usageOf(score, ['score', ...files], one) }),
    })
    const {
      check: ours,
      twice,
      fourfold,
      reading: read,
      parsing: parsed,
    } = seen as Record<'check' | 'twice' | 'fourfold' | 'reading' | 'parsing', Usage>
    const size = `${(tree.bytes / 1e6).toFixed(0)} MB, ${files.length} files, ${tree.workloads} workloads`
    const rows = [
      ...rowsOf('beside kube-score', ours, seen['score'], { of: 'ratio', atMost: 0.35 }).slice(
        0,
        seen['score'] ? 2 : 0,
      ),
      ...rowsOf('beside js-yaml over everything', ours, parsed),
      ...rowsOf('beside reading the files', ours, read),
      ...rowsOf('twice the tree beside the tree', twice, ours, { of: 'ratio', atMost: 2.1 }),
      ...rowsOf('four times the tree beside the tree', fourfold, ours, { of: 'ratio', atMost: 4.2 }),
      {
        what: 'peak memory, beside kube-score',
        unit: 'MB',
        ...(seen['score'] ? { floor: seen['score'].peak } : {}),
        ours: ours.peak,
        goal: { of: 'ours', atMost: 200 } as const,
      },
      // What is judged is kept, what is only read is not.
      ...(
        [
          ['twice the tree', twice],
          ['four times the tree', fourfold],
        ] as const
      ).map(([size, { peak }]) => ({
        what: `peak memory, ${size} beside it`,
        unit: 'MB',
        floor: ours.peak,
        ours: peak,
        goal: { of: 'ours', atMost: 200 } as const,
      })),
    ]
    return { benchmark: 'throughput', about: `check of a tree of ${size}, whole process; floor: as named`, rows }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
