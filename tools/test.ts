import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { ensureBinaries } from '../test/cluster/binaries.ts'
import { isFresh } from './bundle.ts'

/**
 * All tests, or those whose files are given. The package and the control plane are built first: some tests run them. Prints a line a
 * file, the whole output of files that fail, and at the end `N passed, N failed`.
 */
const files = process.argv.slice(2)
if (!isFresh()) await import('./build.ts')
const binaries = await ensureBinaries()
if ('missing' in binaries)
  process.stderr.write(`WITHOUT A CLUSTER: tests that need one are skipped: ${binaries.missing}\n`)

const tap = spawn('tap', ['run', '--reporter=tap', '--jobs=2', ...(files.length > 0 ? files : ['test/**/*.test.ts'])], {
  stdio: ['ignore', 'pipe', 'inherit'],
})

let block: string[] = []
const totals = { pass: 0, fail: 0, skip: 0 }
for await (const line of createInterface({ input: tap.stdout })) {
  block.push(line)
  const file = /^(not )?ok \d+ - (.*)$/.exec(line)
  if (file) {
    process.stdout.write(file[1] ? `${block.join('\n')}\n` : `ok ${file[2] ?? ''}\n`)
    block = []
  }
  if (!line.startsWith('# {')) continue
  for (const key of ['pass', 'fail', 'skip'] as const) {
    totals[key] += Number(new RegExp(`\\b${key}: (\\d+)`).exec(line)?.[1] ?? 0)
  }
}
const code = await new Promise<number>((resolve) => tap.once('close', (status) => resolve(status ?? 1)))
if (totals.skip > 0) process.stdout.write(`${totals.skip} skipped\n`)
// A run that broke off before its totals has failed, whatever it counted; so has a skip where everything must run.
const isBroken = code !== 0 || (totals.skip > 0 && process.env['EVENKEEL_REQUIRE_CLUSTER'] === '1')
const failed = totals.fail === 0 && isBroken ? 1 : totals.fail
process.stdout.write(`${totals.pass} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0
