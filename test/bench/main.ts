import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isFresh } from '../../tools/bundle.ts'
import { type Measurement, machine, tableOf } from './table.ts'

type Benchmark = () => Promise<Measurement>

/** Loaded when their turn comes: what one of them loads must not weigh on another. */
const benchmarks: Readonly<Record<string, () => Promise<{ readonly run: Benchmark }>>> = {
  'review-cpu': () => import('./review-cpu.ts'),
  latency: () => import('./latency.ts'),
  'api-server': () => import('./api-server.ts'),
  memory: () => import('./memory.ts'),
  evaluate: () => import('./evaluate.ts'),
  growth: () => import('./growth.ts'),
  'check-start': () => import('./check-start.ts'),
  throughput: () => import('./throughput.ts'),
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
const names = positionals.length > 0 ? positionals : Object.keys(benchmarks)
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0)
  throw new Error(`no benchmark ${unknown.join(', ')}; known are ${Object.keys(benchmarks).join(', ')}`)

// What is measured is what is shipped, and what is shipped is what is here.
if (!isFresh()) await import('../../tools/build.ts')
process.stdout.write(`${machine()}\n`)
const measurements: Measurement[] = []
for (const name of names) {
  const { run } = (await benchmarks[name]?.()) ?? {}
  const measurement = await run?.()
  if (measurement === undefined) continue
  measurements.push(measurement)
  process.stdout.write(`\n${tableOf(measurement)}\n`)
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine: machine(), measurements }, null, 2)}\n`)
