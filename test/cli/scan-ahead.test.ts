import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

t.setTimeout(120_000)

const unsafe = readFileSync('test/rules/require-readiness-probe/fail.yaml', 'utf8')
const dashboard = (name: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}}
data:
  dashboard.json: |
${'    {"panels": [1, 2, 3], "title": "requests a second"}\n'.repeat(1400)}`

t.test('a large tree is read by two threads and judged as by one', async (t) => {
  const directory = t.testdir()
  for (let n = 0; n < 300; n++) writeFileSync(join(directory, `config-${n}.yaml`), dashboard(`config-${n}`))
  for (const n of [3, 150, 299]) writeFileSync(join(directory, `config-${n}-web.yaml`), unsafe)
  writeFileSync(join(directory, 'config-99-broken.yaml'), dashboard('broken').replace('panels', 'pa\0nels'))
  const run = (program: string) => {
    const args = [resolve(program), 'check', '--preset', 'strict', '-o', 'json', '.']
    return spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  }
  const [one, two] = [run('src/cli/main.ts'), run('dist/evenkeel.js')]
  t.equal(two.status, 3)
  t.equal(two.stdout, one.stdout, 'only the package has the second thread')
  const { objects, errors, summary } = JSON.parse(two.stdout) as Record<string, unknown[]> & { summary: object }
  t.equal(objects?.length, 3)
  t.match(errors, [{ file: 'config-99-broken.yaml' }])
  t.match(summary, { seen: 303 })
})
