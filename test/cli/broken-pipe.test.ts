import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatNames } from '../../src/report/format.ts'
import { startFake } from '../cluster-edge/fake-api-server.ts'
import { main } from './evenkeel.ts'

t.setTimeout(300_000)

/** Larger than a pipe holds, in every format but Markdown, which is cut. */
const COUNT = 400

const deployment = (n: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `web-${n}`, namespace: 'shop' },
  spec: { selector: {}, template: { spec: { containers: [{ name: 'web' }] } } },
})
const bad = (n: number) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${n}
spec: {template: {spec: {containers: [{name: web}]}}}
`
const many = Array.from({ length: COUNT }, (_, n) => bad(n)).join('---\n')

type Stream = 'stdout' | 'stderr'

/** Runs it with a reader that leaves one of its streams after the first bytes of that, or before any. */
async function abandoned(
  args: readonly string[],
  { cwd, leaves = 'stdout', after = 'some' }: { cwd: string; leaves?: Stream; after?: 'some' | 'none' },
) {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name]
    stream.setEncoding('utf8').on('data', (piece: string) => (texts[name] += piece))
    if (name !== leaves) continue
    if (after === 'none') stream.destroy()
    else stream.once('data', () => stream.destroy())
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, ...texts }
}

t.test('a reader that has seen enough changes no verdict and is no complaint, in any format', async (t) => {
  const cwd = t.testdir({ 'web.yaml': many, 'broken.yaml': 'a: [' })
  const note = 'evenkeel: judging by preset strict\n'
  for (const format of formatNames) {
    const check = ['check', '--preset', 'strict', '-o', format]
    const ran = await abandoned([...check, 'web.yaml'], { cwd })
    t.match(ran, { code: 1, signal: null, stderr: note }, format)
    if (format !== 'markdown') t.notMatch(ran.stdout, `web-${COUNT - 1}`, 'it was cut off')
  }
  const cases: readonly [args: string, code: number][] = [
    ['web.yaml', 1],
    ['--fail-on never web.yaml', 0],
    ['web.yaml broken.yaml', 3],
  ]
  for (const [args, code] of cases)
    for (const after of ['some', 'none'] as const)
      t.match(
        await abandoned(['check', '--preset', 'strict', ...args.split(' ')], { cwd, after }),
        { code, stderr: note },
        args,
      )
})

t.test('the other outputs of the run are written all the same', async (t) => {
  const cwd = t.testdir({ 'web.yaml': many })
  const outputs = ['-o', 'text', '-o', 'sarif=report.sarif']
  t.equal((await abandoned(['check', '--preset', 'strict', ...outputs, 'web.yaml'], { cwd })).code, 1)
  t.match(readFileSync(join(cwd, 'report.sarif'), 'utf8'), `web-${COUNT - 1}`)
})

t.test('every other command ends as it would, too', async (t) => {
  const cwd = t.testdir({ 'web.yaml': many })
  const commands: readonly string[][] = [
    ...['diff', 'json-patch', 'kustomize', 'yaml'].map((output) => ['fix', '--quiet', '-o', output, 'web.yaml']),
    ['baseline', '--quiet', '--output', '-', 'web.yaml'],
    ['rules'],
    ['explain', 'require-probe-port'],
    ['completion', 'bash'],
    ['--help'],
  ]
  for (const args of commands)
    for (const after of ['some', 'none'] as const)
      t.match(await abandoned(args, { cwd, after }), { code: 0, signal: null, stderr: '' }, args.join(' '))
  t.match(await abandoned(['policy', 'view', '--preset', 'strict'], { cwd, after: 'none' }), { code: 0 })
})

t.test('fix --write writes every file, whoever reads what it says', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`${n}.yaml`, bad(n)]))
  for (const leaves of ['stdout', 'stderr'] as const) {
    const cwd = t.testdir(files)
    const ran = await abandoned(['fix', '--preset', 'strict', '--write', '.'], { cwd, leaves, after: 'none' })
    t.equal(ran.code, 0)
    for (const file of Object.keys(files)) t.not(readFileSync(join(cwd, file), 'utf8'), files[file], file)
  }
})

t.test('what nobody hears on stderr costs nothing of the report', async (t) => {
  const cwd = t.testdir({ 'web.yaml': many, 'broken.yaml': 'a: [' })
  const args = ['check', '--preset', 'strict', '-o', 'json']
  const ran = await abandoned([...args, 'web.yaml'], { cwd, leaves: 'stderr', after: 'none' })
  t.equal(ran.code, 1)
  t.equal((JSON.parse(ran.stdout) as { summary: { denied: number } }).summary.denied, COUNT)
  t.equal((await abandoned(['check', '--presett', 'x'], { cwd, leaves: 'stderr', after: 'none' })).code, 2)
})

t.test('audit is no different', async (t) => {
  const items = Array.from({ length: COUNT }, (_, n) => deployment(n))
  const { options } = await startFake(t, (path) => ({
    metadata: {},
    items: path.endsWith('/deployments') ? items : [],
  }))
  const { kubeconfig = '' } = options([])
  const args = ['audit', '--preset', 'strict', '--quiet', '--kubeconfig', kubeconfig]
  t.match(await abandoned(args, { cwd: process.cwd() }), { code: 1, signal: null, stderr: '' })
})

t.test('an output that takes nothing, for a full disk say, is told; the others are written', async (t) => {
  const cwd = t.testdir({ 'web.yaml': bad(1) })
  const full = openSync('/dev/full', 'w')
  const run = async (stdout: 'pipe' | number, stderr: 'pipe' | number) => {
    const args = ['check', '--preset', 'strict', '-o', 'text', '-o', 'json=report.json', 'web.yaml']
    const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', stdout, stderr] })
    let complaints = ''
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => (complaints += piece))
    const [code] = (await once(child, 'close')) as [number]
    return { code, complaints }
  }
  t.match(await run(full, 'pipe'), {
    code: 2,
    complaints: /^evenkeel: stdout: cannot be written: the file system is full \[EVENKEEL_OUTPUT_UNWRITABLE\]$/m,
  })
  t.match(readFileSync(join(cwd, 'report.json'), 'utf8'), '"denied":1')
  t.equal((await run('pipe', full)).code, 1, 'stderr has nobody to tell')
  closeSync(full)
})
