import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { evenkeel } from './evenkeel.ts'

t.setTimeout(300_000)

// Red letters, and a mark that turns the direction of writing.
const deployment = (replicas: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: "we\\e[31mb\\u202e", namespace: "sh\\e[31mop"}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  strategy: {rollingUpdate: {maxUnavailable: 25%}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1.2.3"}]}
`
const repository = {
  'web\u001b[31m.yaml': deployment('4'),
  'types.yaml': deployment('[1]'),
  'policy.yaml':
    'apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: "p\\e[31m"}\nspec: {rules: {require-replicas: warn, limit-progress-deadline: warn, require-readiness-probe: deny, limit-max-unavailable: deny}}\n',
  'bad.yaml':
    'apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: "p\\e[31m"}\nspec: {rules: {"x\\e[31m": deny}}\n',
}

/** Every character but the end of a line that is none to be seen. */
const unseen = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/

t.test('what others have named cannot drive a terminal, whichever command tells of it', async (t) => {
  const cwd = t.testdir(repository)
  const web = 'web\u001b[31m.yaml'
  const rows: readonly (readonly string[])[] = [
    ['check', '--policy', 'policy.yaml', '.'],
    ['check', '--policy', 'policy.yaml', '--baseline', web, web],
    ['check', '--policy', 'bad.yaml', web],
    ['check', '--policy', web, web],
    ['check', 'no\u001b[31mthing'],
    ['baseline', '--policy', 'policy.yaml', '--output', 'all.json', '.'],
    ['fix', '--policy', 'policy.yaml', '-o', 'kustomize', 'types.yaml'],
    ['policy', 'validate', 'policy.yaml'],
    ['policy', 'validate', 'bad.yaml'],
    ['policy', 'view', '--policy', 'policy.yaml'],
    ['explain', 'x\u001b[31m'],
    ['x\u001b[31m'],
    ['fix', '--policy', 'policy.yaml', '--write', '.'],
  ]
  for (const args of rows) {
    const { stdout, stderr } = await evenkeel(args, { cwd })
    const told = stdout + stderr
    t.match(told, /(?:\ufffd|\\e|\\u001b)\[31m/, `${args.join(' ')}: says the name`)
    t.equal(unseen.exec(told), null, `${args.join(' ')}: ${JSON.stringify(told)}`)
  }
  t.match(readFileSync(join(cwd, web), 'utf8'), 'maxUnavailable: 0', 'and it was written')
})
