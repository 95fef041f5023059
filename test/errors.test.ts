import { chmodSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { evenkeel } from './cli/evenkeel.ts'
import { startFake, writeKubeconfig } from './cluster-edge/fake-api-server.ts'

// Every line is a process of its own.
t.setTimeout(600_000)

const deployment = (replicas: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1.2.3"}]}
`

const repository = {
  'web.yaml': deployment('4'),
  'read-only.yaml': deployment('4'),
  'types.yaml': deployment('[1]'),
  'broken.yaml': 'a: [1\n',
  'policy.yaml':
    'apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: p}\nspec: {rules: {require-x: deny}}\n',
  chart: { 'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n' },
  empty: {},
}

/** What makes a command report the error; all that stands after `evenkeel`, split at blanks. */
interface Provocation {
  readonly lines: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Answers with the last words of the command line. */
  readonly before?: (t: Test, cwd: string) => Promise<readonly string[]>
  readonly program?: string
}

const audit = ['audit --preset strict --kubeconfig']

/** To an API server that answers every request with this status. */
const answering = (status: number) => async (t: Test) => {
  const { kubeconfig } = (await startFake(t, () => status)).options([])
  return [kubeconfig ?? '']
}

/** The client library of another Node does not load. */
const withoutLibrary = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) { if (name.startsWith('@kubernetes/')) throw new Error('no'); return next(name, context) } })`

const provocations: Readonly<Record<string, Provocation>> = {
  EVENKEEL_USAGE: { lines: ['chek', 'check --polici x', 'check -o xml', 'explain x', 'completion x', 'fix --write -'] },
  EVENKEEL_POLICY_INVALID: {
    lines: [
      'policy validate policy.yaml',
      'policy validate broken.yaml',
      'policy validate none.yaml',
      'policy validate empty',
      'policy view --policy policy.yaml',
      'check --policy policy.yaml web.yaml',
      'serve --policy policy.yaml',
    ],
  },
  EVENKEEL_DIRECTORY_EMPTY: { lines: ['check empty', 'check web.yaml empty', 'fix empty', 'baseline empty'] },
  EVENKEEL_BASELINE_INVALID: { lines: ['check --baseline web.yaml web.yaml', 'check --baseline none web.yaml'] },
  EVENKEEL_CERTIFICATE_INVALID: { lines: ['serve --tls-dir empty --port 0 --health-port 0'] },
  EVENKEEL_KUBECONFIG_INVALID: { lines: ['audit --kubeconfig none'] },
  EVENKEEL_CLUSTER_UNREACHABLE: {
    lines: audit,
    before: async (_, cwd) => [writeKubeconfig(join(cwd, 'nowhere'), { server: 'https://127.0.0.1:1' }, {})],
  },
  EVENKEEL_CLUSTER_UNAUTHORIZED: { lines: audit, before: answering(401) },
  EVENKEEL_OUTPUT_UNWRITABLE: {
    lines: [
      'check -o json=none/report web.yaml',
      'baseline --output none/baseline web.yaml',
      'serve --dev --preset strict --tls-dir web.yaml --port 0 --health-port 0',
    ],
  },
  EVENKEEL_NODE_UNSUPPORTED: {
    lines: audit,
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withoutLibrary)}` },
    before: answering(200),
    // The bundle brings the library along.
    program: resolve('src/cli/main.ts'),
  },
  EVENKEEL_YAML_INVALID: { lines: ['check broken.yaml', 'fix broken.yaml', 'baseline --output - broken.yaml'] },
  EVENKEEL_FILE_UNREADABLE: { lines: ['check none', 'fix none', 'baseline --output - none'] },
  EVENKEEL_FILE_UNWRITABLE: {
    lines: ['fix --preset strict --write read-only.yaml'],
    before: async (_, cwd) => {
      chmodSync(join(cwd, 'read-only.yaml'), 0o444)
      return []
    },
  },
  EVENKEEL_OBJECT_INVALID: { lines: ['check types.yaml', 'fix types.yaml', 'baseline --output - types.yaml'] },
  EVENKEEL_RENDER_FAILED: {
    lines: ['check --helm chart', 'fix -o kustomize --helm chart', 'baseline --output - --helm chart'],
    env: { PATH: '/nonexistent' },
  },
  EVENKEEL_KIND_UNREADABLE: { lines: audit, before: answering(403) },
}

const documented = [
  ...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `(EVENKEEL_[A-Z_]+)` \|.*\| (\d) \|$/gm),
].map(([, code = '', exit]) => ({ code, exit: Number(exit) }))

t.test('every error code is documented once, and every documented one exists', async (t) => {
  const codes = (text: string) => [...text.matchAll(/EVENKEEL_[A-Z_]+/g)].map(([code]) => code)
  const used = new Set(globSync('src/**/*.ts').flatMap((file) => codes(readFileSync(file, 'utf8'))))
  t.strictSame(documented.map(({ code }) => code).sort(), [...used].sort())
})

t.test(
  'every documented code ends the line that a command prints of it, with the exit code of the document',
  async (t) => {
    t.strictSame(Object.keys(provocations).sort(), documented.map(({ code }) => code).sort())
    for (const { code, exit } of documented)
      await t.test(code, async (t) => {
        const { lines = [], before, ...how } = provocations[code] ?? {}
        const cwd = t.testdir(repository)
        const last = (await before?.(t, cwd)) ?? []
        for (const line of lines) {
          const ran = await evenkeel([...line.split(' '), ...last], { cwd, ...how })
          t.equal(ran.code, exit, `${line}\n${ran.stdout}${ran.stderr}`)
          const told = `${ran.stdout}${ran.stderr}`.match(/\[EVENKEEL_\w+\]$/gm)
          t.strictSame([...new Set(told)], [`[${code}]`], `${line}\n${ran.stdout}${ran.stderr}`)
        }
      })
  },
)
