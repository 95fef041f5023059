import { join } from 'node:path'
import t from 'tap'
import { evenkeel } from './evenkeel.ts'

// Every case is a process of its own.
t.setTimeout(300_000)

interface Report {
  readonly apiVersion: string
  readonly kind: string
  readonly objects: readonly {
    readonly object: { readonly kind: string; readonly name: string; readonly namespace?: string }
    readonly source: { readonly file: string; readonly document: number; readonly line: number }
    readonly decision: string
    readonly results: readonly {
      readonly rule: string
      readonly status: string
      readonly policy: string
      readonly reason?: string
      readonly findings?: readonly {
        readonly message: string
        readonly path: string
        readonly position: { readonly file: string; readonly line: number; readonly column: number }
        readonly fix?: { readonly atAdmission?: boolean }
        readonly exempt?: object
      }[]
    }[]
  }[]
  readonly errors: readonly {
    readonly code: string
    readonly file: string
    readonly line: number
    readonly column: number
  }[]
  readonly summary: Readonly<Record<string, number>>
}

const probes = `
        readinessProbe: {httpGet: {path: /ready, port: 8080}}
        livenessProbe: {httpGet: {path: /live, port: 8080}}
        startupProbe: {httpGet: {path: /live, port: 8080}}`

function deployment({ name = 'web', maxUnavailable = '25%', extra = '', annotations = '' } = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
  annotations: {${annotations}}
spec:
  replicas: 4
  selector: {matchLabels: {app: ${name}}}
  strategy:
    rollingUpdate:
      maxUnavailable: ${maxUnavailable}
      maxSurge: 1
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: web
        image: registry.example/web:1.2.3${extra}
`
}

const good = deployment({
  maxUnavailable: '0',
  extra: `${probes}
        lifecycle: {preStop: {sleep: {seconds: 10}}}`,
  annotations: 'kubernetes.io/change-cause: "first"',
})

function parse(stdout: string): Report {
  return JSON.parse(stdout) as Report
}

const only = (rule: string, enforcement = 'deny') => `apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: one}
spec: {rules: {${rule}: ${enforcement}}}
`

t.test('JSON has the contract of docs/interfaces.md, with true positions', async (t) => {
  const dir = t.testdir({ 'web.yaml': `# comment\n---\n${deployment()}` })
  const { stdout, code } = await evenkeel(['check', '--preset', 'strict', '-o', 'json', 'web.yaml'], { cwd: dir })
  t.equal(code, 1)
  const report = parse(stdout)
  t.match(report, { apiVersion: 'evenkeel.dev/v1alpha1', kind: 'CheckReport', errors: [] })
  const [judged] = report.objects
  t.match(judged, {
    object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
    source: { file: 'web.yaml', document: 0, line: 3 },
    decision: 'deny',
  })
  const rolling = judged?.results.find(({ rule }) => rule === 'limit-max-unavailable')
  t.match(rolling, { policy: 'strict', status: 'fail', enforcement: 'deny', severity: 'critical' })
  t.match(rolling?.findings?.[0], {
    message:
      'maxUnavailable 25% of 4 = 1 pod down during the rollout; needs 0 (spec.strategy.rollingUpdate.maxUnavailable) [limit-max-unavailable]',
    path: '/spec/strategy/rollingUpdate/maxUnavailable',
    position: { file: 'web.yaml', line: 14, column: 7 },
  })
  const hook = judged?.results.find(({ rule }) => rule === 'require-pre-stop-hook')?.findings?.[0]
  t.equal(hook?.fix?.atAdmission, true, 'what the webhook would fix says so')
  t.equal(hook?.position.line, 20, 'something missing points at the container that should hold it')
  const statuses = judged?.results.map(({ status }) => status) ?? []
  t.strictSame(
    { fail: report.summary['fail'], pass: report.summary['pass'], skip: report.summary['skip'] },
    Object.fromEntries(['fail', 'pass', 'skip'].map((status) => [status, statuses.filter((s) => s === status).length])),
  )
  t.equal(new Set(judged?.results.map(({ rule }) => rule)).size, judged?.results.length, 'each rule appears once')
})

t.test('--as-admitted judges what the webhook would admit', async (t) => {
  const dir = t.testdir({
    'web.yaml': deployment({ extra: probes }).replace(/  strategy:\n(    .*\n)+/, ''),
  })
  const plain = parse((await evenkeel(['check', '--preset', 'strict', '-o', 'json', dir])).stdout)
  t.equal(plain.objects[0]?.decision, 'deny')
  const ran = await evenkeel(['check', '--preset', 'strict', '--as-admitted', '-o', 'json', dir])
  t.equal(ran.code, 0, ran.stdout)
})

t.test('all documents of a run are one world; --complete closes it', async (t) => {
  const budget =
    'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: other, namespace: shop}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: other}}}\n'
  const dir = t.testdir({
    'web.yaml': good,
    'pdb.yaml': budget,
    policy: { 'p.yaml': only('require-disruption-budget') },
  })
  const run = async (...args: string[]) => {
    const { stdout } = await evenkeel(['check', '-o', 'json', '--policy', join(dir, 'policy'), ...args])
    return parse(stdout).objects.find(({ object }) => object.kind === 'Deployment')?.results[0]?.status
  }
  t.equal(await run(join(dir, 'web.yaml')), 'skip', 'budgets are unknown')
  t.equal(await run('--complete', join(dir, 'web.yaml')), 'fail', 'there are none')
  t.equal(await run(join(dir, 'web.yaml'), join(dir, 'pdb.yaml')), 'fail', 'the budgets are known, none covers it')
})

t.test('stdin, JSON, Lists, and --namespace', async (t) => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { template: { spec: { containers: [{ name: 'c' }] } } },
  }
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [object, { ...object, metadata: { name: 'b', namespace: 'own' } }],
  }
  const { stdout, code } = await evenkeel(['check', '--preset', 'strict', '--namespace', 'given', '-o', 'json', '-'], {
    input: JSON.stringify(list, null, 2),
  })
  t.equal(code, 1)
  t.strictSame(
    parse(stdout).objects.map(({ object: { name, namespace }, source: { file, line } }) => ({
      name,
      namespace,
      file,
      line,
    })),
    [
      { name: 'a', namespace: 'given', file: 'stdin', line: 5 },
      { name: 'b', namespace: 'own', file: 'stdin', line: 23 },
    ],
  )
})

t.test('the nearest policy file upward counts; without one the preset recommended, and it is said', async (t) => {
  const dir = t.testdir({ 'evenkeel.yaml': only('require-replicas'), deep: { er: { 'web.yaml': deployment() } } })
  const found = await evenkeel(['check', 'web.yaml'], { cwd: join(dir, 'deep', 'er') })
  t.equal(found.code, 0, found.stdout)
  t.match(found.stderr, /judging by .*evenkeel\.yaml/)
  const own = t.testdir({ 'web.yaml': deployment() })
  const preset = await evenkeel(['check', join(own, 'web.yaml')], { cwd: '/' })
  t.equal(preset.code, 1)
  t.match(preset.stderr, /preset recommended:production/)
})

t.test('several policies: each finding names its own, the strictest decides', async (t) => {
  const dir = t.testdir({
    'web.yaml': deployment(),
    policies: {
      'a.yaml': only('limit-max-unavailable', 'warn').replace('one', 'soft'),
      'b.yaml': only('limit-max-unavailable').replace('one', 'hard'),
    },
  })
  const { stdout, code } = await evenkeel([
    'check',
    '-o',
    'json',
    '--policy',
    join(dir, 'policies'),
    join(dir, 'web.yaml'),
  ])
  t.equal(code, 1)
  t.strictSame(
    parse(stdout).objects[0]?.results.map(({ policy }) => policy),
    ['soft', 'hard'],
  )
})

t.test('an exempt finding stays in the report and counts for nothing', async (t) => {
  const until = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)
  const exemption = `exempt.evenkeel.dev/limit-max-unavailable: "until=${until} reason=load test"`
  const dir = t.testdir({ 'web.yaml': deployment({ annotations: exemption }), 'p.yaml': only('limit-max-unavailable') })
  const { stdout, code } = await evenkeel([
    'check',
    '-o',
    'json',
    '--policy',
    join(dir, 'p.yaml'),
    join(dir, 'web.yaml'),
  ])
  t.equal(code, 0, stdout)
  t.strictSame(parse(stdout).objects[0]?.results[0]?.findings?.[0]?.exempt, { until, reason: 'load test' })
  t.equal(parse(stdout).summary['exempt'], 1)
})

t.test('the command that would explain a faulty exemption is one that runs', async (t) => {
  const annotations = 'exempt.evenkeel.dev/limit-max-unavailble: "until=2999-01-01 reason=typo"'
  const cwd = t.testdir({
    'web.yaml': deployment({ maxUnavailable: '0', annotations }),
    'evenkeel.yaml': only('limit-max-unavailable'),
  })
  const { stdout } = await evenkeel(['check', 'web.yaml'], { cwd })
  const [, command = ''] = /^Explain: evenkeel (.*)$/m.exec(stdout) ?? []
  t.equal(command, 'explain disallow-invalid-exemption', stdout)
  const explained = await evenkeel(command.split(' '), { cwd })
  t.equal(explained.code, 0, explained.stderr)
  t.match(explained.stdout, 'no policy can configure it')
  const near = await evenkeel(['explain', 'disallow-invalid-exemptions'], { cwd })
  t.match(near.stderr, 'did you mean "disallow-invalid-exemption"?')
})

t.test('text names file, line and column, and its last line counts', async (t) => {
  const dir = t.testdir({ 'web.yaml': deployment(), 'broken.yaml': 'a: {' })
  const { stdout } = await evenkeel(['check', '--preset', 'strict', '.'], { cwd: dir })
  t.match(stdout, /^Deployment shop\/web {2}deny \(policy strict\)\n {2}deny {2}web\.yaml:12:7 {2}maxUnavailable 25%/m)
  t.match(stdout, /^error {2}broken\.yaml:1:\d+ {2}.*\[EVENKEEL_YAML_INVALID\]$/m)
  t.match(stdout, /\n1 object judged of 1 seen: 1 denied, 0 warned, 0 admitted;.*1 error in the input\n$/)
  t.notMatch(stdout, '\u001b', 'no colours into a pipe')
})

t.test('what no policy is meant for, or perhaps one is, is told apart from what was admitted', async (t) => {
  const dir = t.testdir({
    'evenkeel.yaml':
      '{apiVersion: evenkeel.dev/v1alpha1, kind: RolloutPolicy, metadata: {name: shop}, spec: {extends: strict, match: {namespaces: [shop]}}}',
    'web.yaml': deployment().replace('  namespace: shop\n', ''),
    'office.yaml': deployment().replace('namespace: shop', 'namespace: shpo'),
  })
  const run = (...args: string[]) => evenkeel(['check', ...args, 'web.yaml', 'office.yaml'], { cwd: dir })
  const unplaced = await run()
  t.equal(unplaced.code, 0)
  const line =
    /^2 objects judged of 2 seen: 0 denied, 0 warned, 0 admitted, 1 that no policy is meant for, 1 that no policy is surely meant for; 1 object without the namespace that policies go by \(--namespace NAME\); /
  t.match(unplaced.stdout, line)
  t.match((await run('-o', 'markdown')).stdout, /no policy is meant for, 1 that no policy is surely meant for;/)
  const { objects, summary } = parse((await run('-o', 'json')).stdout)
  t.match(summary, { objects: 2, denied: 0, warned: 0, unmatched: 1, undecided: 1, unplaced: 1 })
  t.ok(
    objects[0]?.results.every(
      ({ status, reason }) => status === 'skip' && /no namespace: --namespace/.test(reason ?? ''),
    ),
  )
  t.strictSame(objects[1]?.results, [])
  const placed = await run('--namespace', 'shop')
  t.equal(placed.code, 1)
  t.match(placed.stdout, /: 1 denied, 0 warned, 0 admitted, 1 that no policy is meant for; \d+ rule results? skipped/)
})

t.test('a file that cannot be read hides nothing of the others', async (t) => {
  const dir = t.testdir({ 'dangling.yaml': t.fixture('symlink', 'nowhere.yaml'), 'web.yaml': deployment() })
  const { stdout, code } = await evenkeel(['check', '--preset', 'strict', '-o', 'json', dir])
  t.equal(code, 3)
  t.equal(parse(stdout).objects.length, 1)
  t.equal(parse(stdout).errors[0]?.code, 'EVENKEEL_FILE_UNREADABLE')
})
