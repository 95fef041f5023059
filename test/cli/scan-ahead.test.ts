import { spawnSync } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { packaged } from './evenkeel.ts'

t.setTimeout(120_000)

const unsafe = readFileSync('test/rules/require-readiness-probe/fail.yaml', 'utf8')
const dashboard = (name: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}}
data:
  dashboard.json: |
${'    {"panels": [1, 2, 3], "title": "requests a second"}\n'.repeat(1400)}`

t.test('a large tree is read by two threads and judged as by one', async (t) => {
  const root = t.testdir({ tree: {}, 'piped.yaml': unsafe.replace('name: web', 'name: piped') })
  const directory = join(root, 'tree')
  for (let n = 0; n < 300; n++) writeFileSync(join(directory, `config-${n}.yaml`), dashboard(`config-${n}`))
  for (const n of [3, 150, 299]) writeFileSync(join(directory, `config-${n}-web.yaml`), unsafe)
  writeFileSync(join(directory, 'config-99-broken.yaml'), dashboard('broken').replace('panels', 'pa\0nels'))
  symlinkSync('config-circle.yaml', join(directory, 'config-circle.yaml'))
  // What can be read only once is for one thread alone: a pipe, and stdin by another name, here beside a file that is called as stdin is.
  writeFileSync(join(directory, '-'), dashboard('dash'))
  const run = (program: string) => {
    const args = [process.execPath, resolve(program), 'check', '--preset', 'strict', '-o', 'json', '.', '-']
    const script = 'mkfifo "$0.pipe" && { cat "$0" > "$0.pipe" & } && "$@" "$0.pipe"; code=$?; rm "$0.pipe"; exit $code'
    return spawnSync('sh', ['-c', script, join(root, 'piped.yaml'), ...args], {
      cwd: directory,
      input: unsafe,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      timeout: 60_000,
    })
  }
  const [one, two] = [run('src/cli/main.ts'), run(packaged())]
  t.equal(two.status, 3)
  t.equal(two.stdout, one.stdout, 'only the package has the second thread')
  const { objects, errors, summary } = JSON.parse(two.stdout) as Record<string, unknown[]> & { summary: object }
  t.equal(objects?.length, 5)
  t.match(errors, [{ file: 'config-99-broken.yaml' }, { file: 'config-circle.yaml' }])
  t.match(objects?.slice(3), [
    { source: { file: 'stdin', line: 2 } },
    { source: { file: /piped\.yaml\.pipe$/, line: 2 } },
  ])
  t.match(summary, { seen: 305 })
})
