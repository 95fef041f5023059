import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../tools/bundle.ts'
import { run as runCommand } from '../cluster/processes.ts'
import { manifest } from './review.ts'
import { midMean } from './statistics.ts'
import type { Measurement, Row } from './table.ts'

const runs = 25

/** Seconds of one process. */
interface Cost {
  readonly wall: number
  readonly cpu: number
}

/** bash tells what a process used; Node knows that of itself only. Node's compile cache goes where TMPDIR points. */
async function costOf(args: readonly string[], cache: string): Promise<Cost> {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$0" "$@" > /dev/null'
  const env = { ...process.env, TMPDIR: cache, NODE_COMPILE_CACHE: undefined }
  const { code, stderr } = await runCommand('bash', ['-c', script, process.execPath, ...args], { env })
  const [wall, user, system] = (stderr.split('\n').at(-2) ?? '').split(' ').map(Number)
  if (code !== 0 || wall === undefined || user === undefined || system === undefined) throw new Error(stderr)
  return { wall: wall * 1000, cpu: (user + system) * 1000 }
}

/** A whole `check` of one file with one Deployment, and a whole `node -e 0`, in turns. */
export async function run(): Promise<Measurement> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
  const file = join(directory, 'web.json')
  writeFileSync(file, JSON.stringify(manifest))
  const check = [bundle, 'check', '--preset', 'strict', file]
  const measure = async (what: string, isCold: boolean): Promise<Row[]> => {
    const floor: Cost[] = []
    const ours: Cost[] = []
    for (let n = 0; n < runs; n++) {
      if (isCold) rmSync(join(directory, 'node-compile-cache'), { recursive: true, force: true })
      floor.push(await costOf(['-e', '0'], directory))
      ours.push(await costOf(check, directory))
    }
    return (['wall', 'cpu'] as const).map((key) => ({
      what: `${what}, ${key === 'cpu' ? 'CPU' : 'wall'}`,
      unit: 'ms',
      floor: midMean(floor.map((cost) => cost[key])),
      ours: midMean(ours.map((cost) => cost[key])),
      ...(isCold || key === 'cpu' ? {} : { goal: { of: 'ratio', atMost: 1.4 } as const }),
    }))
  }
  try {
    await costOf(check, directory)
    const rows = [...(await measure('compile cache warm', false)), ...(await measure('compile cache empty', true))]
    return { benchmark: 'check-start', about: 'check of one file, whole process; floor: node -e 0', rows }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
