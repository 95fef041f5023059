import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { evenkeel } from './evenkeel.ts'

t.setTimeout(120_000)

const bad =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web}]}}}\n'
const policy = `apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
metadata:
  name: shop
spec:
  rules:
    require-revision-history:
      enforcement: deny
      params: {min: 3}
    require-readiness-probe: deny
`

/** As editors and shells of Windows leave a text. */
const written: Readonly<Record<string, (text: string) => string | Buffer>> = {
  'line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'a byte order mark, as of Notepad': (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}`,
  'UTF-16, as of > in PowerShell 5': (text) => Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le'),
}

t.test('a policy and a baseline say the same however Windows has written them', async (t) => {
  const cwd = t.testdir({ 'web.yaml': bad, 'evenkeel.yaml': policy })
  const args = ['check', '-o', 'json', 'web.yaml']
  const plain = await evenkeel(args, { cwd })
  t.match(plain.stdout, '"rule":"require-readiness-probe","status":"fail"')
  t.equal((await evenkeel(['baseline', 'web.yaml'], { cwd })).code, 0)
  const baseline = readFileSync(join(cwd, 'evenkeel-baseline.json'), 'utf8')
  for (const [name, as] of Object.entries(written)) {
    writeFileSync(join(cwd, 'evenkeel.yaml'), as(policy))
    t.strictSame(await evenkeel(args, { cwd }), plain, name)
    writeFileSync(join(cwd, 'evenkeel-baseline.json'), as(baseline))
    const { code, stdout } = await evenkeel([...args, '--baseline', 'evenkeel-baseline.json'], { cwd })
    t.match([code, stdout], [0, /"baselined":true/], name)
  }
})

t.test('a fault of a policy with the line ends of Windows is found where it is', async (t) => {
  const wrong = policy.replace('min: 3', 'min: x').replaceAll('\n', '\r\n')
  const cwd = t.testdir({ 'web.yaml': bad, 'evenkeel.yaml': wrong })
  const { code, stderr } = await evenkeel(['check', 'web.yaml'], { cwd })
  t.match([code, stderr], [2, /evenkeel\.yaml:9:16: /])
})
