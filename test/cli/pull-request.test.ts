import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { evenkeel, type Ran } from './evenkeel.ts'

// Every case runs processes.
t.setTimeout(300_000)

interface Choice {
  readonly name?: string
  readonly image?: string
  readonly replicas?: number
  readonly label?: string
  readonly cause?: string
  readonly head?: string
}

function deployment({
  name = 'web',
  image = '1.2.3',
  replicas = 2,
  label = 'a',
  cause = 'release 1',
  head = '',
}: Choice = {}) {
  return `${head}apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
  labels: {tier: ${label}}
  annotations: {kubernetes.io/change-cause: "${cause}"}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: web
        image: registry.example/web:${image}
`
}

const policy = `apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: shop}
spec:
  rules:
    require-change-cause: deny
    require-readiness-probe: deny
`

/** A repository whose branch main has the files. */
class Repository {
  readonly directory: string

  constructor(t: Test, files: Readonly<Record<string, string>>) {
    this.directory = t.testdir({ 'evenkeel.yaml': policy })
    this.git('init', '--quiet', '--initial-branch=main')
    for (const [file, text] of Object.entries(files)) this.write(file, text)
    this.git('add', '--all')
    this.commit('before')
  }

  git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: this.directory, encoding: 'utf8' })
  }

  commit(message: string): void {
    this.git('-c', 'user.name=alice', '-c', 'user.email=alice@shop.example', 'commit', '--quiet', '-m', message)
  }

  write(file: string, text: string): void {
    const path = join(this.directory, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  run(...args: readonly string[]): Promise<Ran> {
    return evenkeel(args, { cwd: this.directory })
  }
}

interface Found {
  readonly object: string
  readonly rule: string
  readonly known?: boolean
  readonly baselined?: boolean
}

function findingsIn({ stdout }: Ran): Found[] {
  const { objects } = JSON.parse(stdout) as {
    objects: {
      object: { name: string }
      results: { rule: string; findings?: { known?: boolean; baselined?: boolean }[] }[]
    }[]
  }
  return objects.flatMap(({ object, results }) =>
    results.flatMap(({ rule, findings = [] }) =>
      findings.map(({ known, baselined }) => ({
        object: object.name,
        rule,
        ...(known ? { known } : {}),
        ...(baselined ? { baselined } : {}),
      })),
    ),
  )
}

const against = ['check', '-o', 'json', '--against', 'main']
const probe = { object: 'web', rule: 'require-readiness-probe', known: true }

t.test('an image that changes without a new cause is found; what was wrong before only warns', async (t) => {
  const repository = new Repository(t, { 'k8s/web.yaml': deployment() })
  repository.write('k8s/web.yaml', deployment({ image: '1.3.0' }))
  const ran = await repository.run(...against, 'k8s')
  t.equal(ran.code, 1)
  t.strictSame(findingsIn(ran), [{ object: 'web', rule: 'require-change-cause' }, probe])
  repository.write('k8s/web.yaml', deployment({ image: '1.3.0', cause: 'release 2' }))
  const caused = await repository.run(...against, 'k8s')
  t.equal(caused.code, 0)
  t.strictSame(findingsIn(caused), [probe])
})

t.test('scaling and labels are no rollout', async (t) => {
  const repository = new Repository(t, { 'k8s/web.yaml': deployment() })
  for (const change of [{ replicas: 5 }, { label: 'b' }, { head: '# a comment\n' }]) {
    repository.write('k8s/web.yaml', deployment(change))
    const ran = await repository.run(...against, 'k8s')
    t.equal(ran.code, 0, JSON.stringify(change))
    t.strictSame(findingsIn(ran), [probe])
  }
})

t.test(
  'an object is found again in a file that was moved or renamed, from below or beside the paths given',
  async (t) => {
    const repository = new Repository(t, { 'old/web.yaml': deployment(), 'k8s/api.yaml': deployment({ name: 'api' }) })
    mkdirSync(join(repository.directory, 'k8s/sub'))
    renameSync(join(repository.directory, 'old/web.yaml'), join(repository.directory, 'k8s/front.yaml'))
    renameSync(join(repository.directory, 'k8s/api.yaml'), join(repository.directory, 'k8s/sub/api.yaml'))
    repository.git('add', '--all')
    const moved = await repository.run(...against, 'k8s')
    t.equal(moved.code, 0, 'nothing but places has changed')
    repository.write('k8s/front.yaml', deployment({ image: '1.3.0' }))
    repository.git('add', '--all')
    const changed = await repository.run(...against, 'k8s')
    t.equal(changed.code, 1)
    t.ok(findingsIn(changed).some(({ object, rule }) => object === 'web' && rule === 'require-change-cause'))
  },
)

t.test('each overlay is compared with itself', async (t) => {
  const repository = new Repository(t, {
    'prod/web.yaml': deployment({ cause: 'release 7' }),
    'staging/web.yaml': deployment({ image: '1.3.0', cause: 'release 8' }),
  })
  const same = await repository.run(...against)
  t.equal(same.code, 0, 'the same name twice, and neither has changed')
  repository.write('prod/web.yaml', deployment({ image: '1.3.0', cause: 'release 7' }))
  t.equal((await repository.run(...against)).code, 1, 'production has')
})

t.test('a new object is judged as it stands, a removed one is named', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment() })
  rmSync(join(repository.directory, 'web.yaml'))
  repository.write('api.yaml', deployment({ name: 'api' }))
  const ran = await repository.run(...against)
  t.equal(ran.code, 1)
  t.strictSame(findingsIn(ran), [{ object: 'api', rule: 'require-readiness-probe' }])
  t.match(ran.stderr, 'removed: Deployment shop/web')
})

t.test('a path that is new since then has nothing to be compared with', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment() })
  repository.write('new/api.yaml', deployment({ name: 'api' }))
  const ran = await repository.run(...against, 'new')
  t.equal(ran.code, 1)
  t.strictSame(findingsIn(ran), [{ object: 'api', rule: 'require-readiness-probe' }])
})

t.test('a directory stands for the working directory as it was', async (t) => {
  const repository = new Repository(t, {
    'now/k8s/web.yaml': deployment({ image: '2' }),
    'then/k8s/web.yaml': deployment(),
  })
  const cwd = join(repository.directory, 'now')
  const ran = await evenkeel(['check', '-o', 'json', '--against', '../then', 'k8s'], { cwd })
  t.equal(ran.code, 1)
  t.strictSame(findingsIn(ran), [{ object: 'web', rule: 'require-change-cause' }, probe])
})

t.test('the repository is only read', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment() })
  repository.write('web.yaml', deployment({ image: '2' }))
  const index = join(repository.directory, '.git/index')
  const before = {
    status: repository.git('status', '--porcelain'),
    index: readFileSync(index),
    at: statSync(index).mtimeMs,
  }
  await repository.run(...against)
  t.strictSame({ index: readFileSync(index), at: statSync(index).mtimeMs }, { index: before.index, at: before.at })
  t.equal(repository.git('status', '--porcelain'), before.status)
  t.equal(repository.git('worktree', 'list').trim().split('\n').length, 1)
})

t.test('what is neither a directory nor a commit is said at once', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment() })
  for (const ref of ['mian', '--help', 'main:web.yaml']) {
    const { code, stderr, stdout } = await repository.run('check', `--against=${ref}`)
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, `--against "${ref}" is neither a directory nor a commit`)
  }
  const outside = mkdtempSync(join(tmpdir(), 'no-repository-'))
  t.teardown(() => rmSync(outside, { recursive: true }))
  writeFileSync(join(outside, 'web.yaml'), deployment())
  const { code, stderr } = await evenkeel(['check', '--preset', 'strict', '--against', 'main', '.'], { cwd: outside })
  t.equal(code, 2)
  t.match(stderr, 'not a git repository')
})

t.test('broken YAML in what was there before is told, and hides nothing', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment(), 'bad.yaml': 'a: [' })
  repository.write('web.yaml', deployment({ image: '2' }))
  rmSync(join(repository.directory, 'bad.yaml'))
  const ran = await repository.run(...against)
  t.equal(ran.code, 1)
  t.match(ran.stderr, /before: bad\.yaml:\d+:\d+: .* \[EVENKEEL_YAML_INVALID\]$/m)
})

const around = `apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: shop}
spec:
  rules:
    limit-max-unavailable: deny
    disallow-recreate: deny
    require-disruption-budget: deny
    disallow-blocking-disruption-budget: deny
`
const spec = (text: string, name = 'web') =>
  deployment({ name, replicas: 3 }).replace('  template:', `  strategy: ${text}\n  template:`)
const safe = spec('{rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}')
const hpa = (min: number, max: number) => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {minReplicas: ${min}, maxReplicas: ${max}, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
`
const budget = (name: string, number = 'maxUnavailable: 1') => `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: ${name}, namespace: shop}
spec: {${number}, selector: {matchLabels: {app: ${name}}}}
`
const service = (app: string) => `apiVersion: v1
kind: Service
metadata: {name: ${app}, namespace: shop}
spec: {selector: {app: ${app}}, ports: [{port: 80}]}
`

/** What is found after a change of files, and with which exit code; an empty text takes the file away. */
async function after(t: Test, before: Readonly<Record<string, string>>, change: Readonly<Record<string, string>>) {
  const repository = new Repository(t, { 'evenkeel.yaml': around, ...before })
  for (const [file, text] of Object.entries(change)) {
    if (text === '') rmSync(join(repository.directory, file))
    else repository.write(file, text)
  }
  const ran = await repository.run(...against)
  return { code: ran.code, found: findingsIn(ran) }
}

t.test('what a change breaks through a companion is new, though the object itself stays as it is', async (t) => {
  const quarter = spec('{rollingUpdate: {maxUnavailable: 25%, maxSurge: 1}}')
  const scaled = await after(t, { 'web.yaml': quarter, 'hpa.yaml': hpa(3, 3) }, { 'hpa.yaml': hpa(3, 50) })
  t.strictSame(scaled, { code: 1, found: [{ object: 'web', rule: 'limit-max-unavailable' }] }, 'an autoscaler')
  const two = budget('web', 'minAvailable: 2')
  const fewer = await after(t, { 'web.yaml': safe, 'pdb.yaml': two, 'hpa.yaml': hpa(3, 9) }, { 'hpa.yaml': hpa(2, 9) })
  t.strictSame(fewer, { code: 1, found: [{ object: 'web', rule: 'disallow-blocking-disruption-budget' }] })
  const recreate = spec('{type: Recreate}')
  for (const others of [{ 'api.yaml': service('api') }, {}]) {
    const routed = await after(t, { 'web.yaml': recreate, ...others }, { 'service.yaml': service('web') })
    t.strictSame(routed, { code: 1, found: [{ object: 'web', rule: 'disallow-recreate' }] }, 'a Service')
  }
  for (const others of [{ 'api.yaml': budget('api') }, {}]) {
    const bare = await after(t, { 'web.yaml': safe, 'pdb.yaml': budget('web'), ...others }, { 'pdb.yaml': '' })
    t.strictSame(bare, { code: 1, found: [{ object: 'web', rule: 'require-disruption-budget' }] }, 'a budget that goes')
  }
  const both = { 'web.yaml': quarter.replace('replicas: 3', 'replicas: 2'), 'hpa.yaml': hpa(3, 50) }
  const scaledToo = await after(t, { 'web.yaml': quarter, 'hpa.yaml': hpa(3, 3) }, both)
  t.equal(scaledToo.code, 1, 'that the object is scaled as well is no excuse')
})

t.test(
  'a budget that comes to cover nothing is found, be it new or changed: what files lack does not follow',
  async (t) => {
    const overlapping = around.replace('blocking-disruption-budget', 'overlapping-disruption-budgets')
    const repository = new Repository(t, { 'evenkeel.yaml': overlapping, 'web.yaml': safe, 'pdb.yaml': budget('web') })
    repository.write('api.yaml', budget('api'))
    repository.write('pdb.yaml', budget('web').replace('{app: web}', '{app: wbe}'))
    const ran = await repository.run(...against, '--complete')
    t.equal(ran.code, 1)
    t.strictSame(findingsIn(ran), [
      { object: 'api', rule: 'disallow-overlapping-disruption-budgets' },
      { object: 'web', rule: 'disallow-overlapping-disruption-budgets' },
      { object: 'web', rule: 'require-disruption-budget' },
    ])
  },
)

t.test('what was wrong before a companion changed is known, and a mere scale is told and not refused', async (t) => {
  const half = spec('{rollingUpdate: {maxUnavailable: 50%, maxSurge: 1}}')
  const more = await after(t, { 'web.yaml': half, 'hpa.yaml': hpa(3, 9) }, { 'hpa.yaml': hpa(3, 50) })
  t.strictSame(more, { code: 0, found: [{ object: 'web', rule: 'limit-max-unavailable', known: true }] })
  const first = { 'api.yaml': spec('{rollingUpdate: {maxUnavailable: 0}}', 'api'), 'pdb.yaml': budget('api') }
  t.strictSame(
    await after(t, { 'web.yaml': safe }, first),
    { code: 0, found: [{ object: 'web', rule: 'require-disruption-budget', known: true }] },
    'that there are budgets is known only now, that this one has none is not new',
  )
  const blocking = { 'web.yaml': safe, 'pdb.yaml': budget('web', 'minAvailable: 2') }
  const scaled = await after(t, blocking, { 'web.yaml': safe.replace('replicas: 3', 'replicas: 2') })
  const rule = 'disallow-blocking-disruption-budget'
  t.strictSame(scaled, {
    code: 0,
    found: [
      { object: 'web', rule, known: true },
      { object: 'web', rule },
    ],
  })
})

t.test('a baseline hides what it holds, wherever that has moved to, and nothing else', async (t) => {
  const repository = new Repository(t, { 'k8s/web.yaml': deployment() })
  const written = await repository.run('baseline', 'k8s')
  t.equal(written.code, 0)
  t.match(written.stderr, '1 findings of 1 objects in evenkeel-baseline.json')
  const check = ['check', '-o', 'json', '--baseline', 'evenkeel-baseline.json']
  rmSync(join(repository.directory, 'k8s/web.yaml'))
  repository.write('k8s/elsewhere.yaml', deployment({ head: '# moved\n\n\n', image: '9' }))
  const old = await repository.run(...check, 'k8s')
  t.equal(old.code, 0)
  t.strictSame(findingsIn(old), [{ object: 'web', rule: 'require-readiness-probe', baselined: true }])
  repository.write('k8s/api.yaml', deployment({ name: 'api' }))
  const more = await repository.run(...check, 'k8s')
  t.equal(more.code, 1, 'the new object is no part of it')
  t.match(JSON.parse(more.stdout), { summary: { baselined: 1 } })
})

t.test('a second container without a probe is new, though the first is in the baseline', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment() })
  await repository.run('baseline')
  const second = '      - name: first\n        image: registry.example/first:1\n      - name: web\n'
  repository.write('web.yaml', deployment().replace('      - name: web\n', second))
  const { code, stdout } = await repository.run('check', '--baseline', 'evenkeel-baseline.json')
  t.equal(code, 1)
  t.match(stdout, /deny .*container first: no readinessProbe/)
  t.match(stdout, /note .*container web: no readinessProbe.*\(in the baseline\)/)
})

t.test('what is in the baseline and no more wrong is reported; what was not looked at is not', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment(), 'api.yaml': deployment({ name: 'api' }) })
  await repository.run('baseline')
  const mended = deployment().replace('        image', '        readinessProbe: {tcpSocket: {port: 80}}\n        image')
  repository.write('web.yaml', mended)
  const { code, stderr } = await repository.run('check', '--baseline', 'evenkeel-baseline.json', 'web.yaml')
  t.equal(code, 0)
  t.match(stderr, 'evenkeel-baseline.json: 1 of its findings are no more')
  t.match(stderr, 'Deployment shop/web: spec.template.spec.containers[web] [require-readiness-probe]')
  t.notMatch(stderr, 'shop/api')
})

t.test(
  'what became worse than the baseline has it is found, unless an older file does not say how bad it was',
  async (t) => {
    const strategy = (value: string) =>
      deployment({ replicas: 10 }).replace(
        '  template:',
        `  strategy: {rollingUpdate: {maxUnavailable: ${value}, maxSurge: 1}}\n  template:`,
      )
    const check = ['check', '-o', 'json', '--preset', 'strict', '--baseline', 'evenkeel-baseline.json']
    const repository = new Repository(t, { 'web.yaml': strategy('2') })
    await repository.run('baseline', '--preset', 'strict')
    const file = join(repository.directory, 'evenkeel-baseline.json')
    const baseline = readFileSync(file, 'utf8')
    t.match(baseline, '"field":"spec.strategy.rollingUpdate.maxUnavailable","degree":20}')
    repository.write('web.yaml', strategy('1'))
    t.equal((await repository.run(...check)).code, 0, 'less wrong')
    repository.write('web.yaml', strategy('100%'))
    const worse = await repository.run(...check)
    t.equal(worse.code, 1)
    t.strictSame(
      findingsIn(worse).filter(({ baselined }) => !baselined),
      [{ object: 'web', rule: 'limit-max-unavailable' }],
    )
    t.notMatch(worse.stdout, '"degree"')
    t.notMatch(worse.stderr, 'are no more', 'the entry is not mended')
    writeFileSync(file, baseline.replace(/,"degree":[-\d]+/g, ''))
    t.equal((await repository.run(...check)).code, 0, 'it means what it meant')
    writeFileSync(file, baseline.replace('"degree":20', '"degree":"20"'))
    t.equal((await repository.run(...check)).code, 2)
  },
)

t.test('a file that is no baseline is refused', async (t) => {
  const repository = new Repository(t, { 'web.yaml': deployment(), 'bad.json': '{"kind": "Other"}', 'worse.json': '{' })
  for (const [file, why] of [
    ['bad.json', 'is no Baseline'],
    ['worse.json', 'cannot be read'],
    ['none.json', 'does not exist'],
  ] as const) {
    const { code, stderr } = await repository.run('check', '--baseline', file)
    t.equal(code, 2)
    t.match(stderr, `--baseline ${file}: ${why}`)
    t.match(stderr, 'EVENKEEL_BASELINE_INVALID')
  }
})
