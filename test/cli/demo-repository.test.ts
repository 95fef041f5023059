import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { formatNames } from '../../src/report/format.ts'
import { clusterOrSkip, ensureBinaries, ensureTools, toolsOrSkip } from '../cluster/binaries.ts'
import { run } from '../cluster/processes.ts'
import { evenkeel, type Ran } from './evenkeel.ts'
import { checkInAllFormats, found, type Place, placesIn, type Report } from './places.ts'

const demo = resolve('test/demo-repository')
const needsTools = await toolsOrSkip(t)
const tools = await ensureTools()
const path =
  'missing' in tools
    ? ''
    : [...new Set([dirname(tools.helm), dirname(tools.kustomize), process.env['PATH']])].join(delimiter)

const check = (
  args: readonly string[],
  options: { cwd?: string; input?: string; PATH?: string } = {},
): Promise<Ran> => {
  const { PATH = path, ...rest } = options
  return evenkeel(['check', ...args], { cwd: demo, ...rest, env: { PATH } })
}

/** A copy that a test may break. */
function copied(t: Test): string {
  const directory = t.testdir()
  cpSync(demo, directory, { recursive: true })
  return directory
}

const line = ({ file, line }: Place): string => readFileSync(resolve(demo, file), 'utf8').split('\n')[line - 1] ?? ''
const text = ({ file, line }: Place): string => `${file}:${line}`
const sorted = (places: readonly Place[]): string[] => [...new Set(places.map(text))].sort()

/** Where the authors marked their faults; JSON has no comments. */
const marked = [
  ...globSync('**/*.yaml', { cwd: demo }).flatMap((file) =>
    readFileSync(join(demo, file), 'utf8')
      .split('\n')
      .flatMap((text, i) => {
        const rule = /# fault: ([\w-]+)$/.exec(text)?.[1]
        return rule === undefined ? [] : [{ file, line: i + 1, rule }]
      }),
  ),
  { file: 'plain/queue.json', line: 12, rule: 'limit-termination-budget' },
]

const environments = ['staging', 'production'].map((name) => [
  'plain',
  ...['--helm', 'charts/shop', '--values', `environments/${name}.yaml`],
  ...['--kustomize', `kustomize/overlays/${name}`],
])

t.test('the files that an output names, opened at the line that it names, show the fault', needsTools, async (t) => {
  t.ok(marked.length > 8)
  const directory = t.testdir({ 0: {}, 1: {} })
  const runs = await Promise.all(
    environments.map((args, i) =>
      checkInAllFormats(args, join(directory, String(i)), { cwd: demo, env: { PATH: path } }),
    ),
  )
  for (const format of formatNames) {
    const places = runs.flatMap((outputs) => placesIn[format](outputs[format]))
    t.strictSame(sorted(places), sorted(marked), format)
    for (const place of places) t.match(line(place), /# fault: |"terminationGracePeriodSeconds": 5/, text(place))
  }
  const told = runs.flatMap(({ json }) => found(json).map((finding) => `${text(finding)} ${finding.rule}`))
  t.strictSame([...new Set(told)].sort(), marked.map((fault) => `${text(fault)} ${fault.rule}`).sort())
})

t.test('with the line ends of Windows in every file, all is found in the same places', needsTools, async (t) => {
  const cwd = copied(t)
  const files = globSync('**/*.{yaml,json,tpl}', { cwd })
  for (const file of files)
    writeFileSync(join(cwd, file), readFileSync(join(demo, file), 'utf8').replaceAll('\n', '\r\n'))
  for (const args of environments) {
    const [here, there] = await Promise.all([check([...args, '-o', 'json']), check([...args, '-o', 'json'], { cwd })])
    t.not(found(here.stdout).length, 0)
    t.strictSame(found(there.stdout), found(here.stdout))
  }
})

t.test('source says what a tool made the object from, and the column is that of the field', needsTools, async (t) => {
  const { stdout } = await check([...(environments[1] ?? []), '-o', 'json'])
  const { objects } = JSON.parse(stdout) as Report
  const sources = Object.fromEntries(objects.map(({ object, source }) => [object.name, source]))
  t.match(sources, {
    api: { file: 'plain/api.yaml', line: 2, origin: undefined, rendered: undefined },
    'release-name-web': {
      file: 'charts/shop/templates/web.yaml',
      line: 2,
      origin: { file: 'shop/templates/web.yaml' },
      rendered: 'helm template charts/shop',
    },
    'release-name-reports': { file: 'charts/shop/templates/jobs.yaml', line: 3 },
    'release-name-cache': { file: 'charts/shop/charts/cache/templates/cache.yaml' },
    search: {
      file: 'kustomize/base/search.yaml',
      line: 1,
      origin: { file: 'kustomize/base/search.yaml' },
      rendered: 'kustomize build kustomize/overlays/production',
    },
  })
  for (const { path, file, line: number, column } of found(stdout)) {
    const there = line({ file, line: number }).slice((column ?? 0) - 1)
    const field = path.split('/').at(-1) ?? ''
    t.ok(there.startsWith(field) || /^(?:"|lifecycle|value:|name:)/.test(there), `${path}: ${there}`)
  }
})

t.test('templates and patches are named instead of read, and never a silent pass', async (t) => {
  const whole = await check(['-o', 'json'])
  const { objects, errors, summary } = JSON.parse(whole.stdout) as Report
  t.strictSame(
    objects.map(({ object }) => object.name),
    ['search', 'api', 'queue'],
  )
  t.strictSame(errors, [], 'values that look like an object are none')
  t.equal(summary.unrendered, 3)
  t.match(
    whole.stderr,
    /^evenkeel: chart charts\/shop is not rendered, and its templates are not judged: --helm charts\/shop$/m,
  )
  t.match(
    whole.stderr,
    /^evenkeel: kustomization kustomize\/overlays\/staging is not built, .*: --kustomize kustomize\/overlays\/staging$/m,
  )
  t.equal(whole.code, 1)
  t.match((await check([])).stdout, /; 3 not rendered \(charts, kustomizations\)\n$/)
  const alone = [
    'charts',
    'charts/shop/charts/cache',
    'charts/shop/templates/web.yaml',
    'charts/shop/values.yaml',
    'kustomize/overlays/staging',
    'kustomize/overlays/staging/quick.yaml',
  ]
  for (const path of alone) {
    const { code, stdout, stderr } = await check([path])
    t.strictSame([code, stdout], [2, ''], path)
    t.match(stderr, /--(?:helm charts\/shop|kustomize kustomize\/overlays\/staging)$/m, path)
    t.match(stderr, 'nothing to check', path)
    t.equal((await check([path, '--allow-empty'])).code, 0, `${path} may be nothing`)
  }
})

t.test('what is rendered is no longer missing, and is not judged twice', needsTools, async (t) => {
  const args = [
    '.',
    '--helm',
    'charts/shop',
    '--kustomize',
    'kustomize/overlays/staging',
    '--kustomize',
    'kustomize/overlays/production',
  ]
  const { stdout, stderr } = await check([...args, '-o', 'json', '--complete'])
  const { objects, summary } = JSON.parse(stdout) as Report
  t.strictSame(objects.map(({ object }) => object.name).sort(), [
    'api',
    'queue',
    'release-name-cache',
    'release-name-web',
    'search',
    'staging-search',
  ])
  t.equal(summary.unrendered, undefined)
  t.notMatch(stderr, 'not rendered')
  t.ok(
    found(stdout).some(({ rule }) => rule === 'require-disruption-budget'),
    'nothing is hidden, so what is not there is missing',
  )
  const some = await check([...args.slice(0, -2), '-o', 'json', '--complete'])
  t.notOk(
    found(some.stdout).some(({ rule }) => rule === 'require-disruption-budget'),
    'it may stand in what is not built',
  )
  t.match(some.stderr, '--complete is not followed')
})

t.test('what helm and kustomize print is placed in their files when it is piped', needsTools, async (t) => {
  const print = async (tool: string, ...args: string[]): Promise<string> => {
    const { code, stdout } = await run(tool, args, { cwd: demo, env: { ...process.env, PATH: path } })
    t.equal(code, 0)
    return stdout
  }
  const chart = await print('helm', 'template', 'charts/shop')
  const { stdout } = await check(['-', '-o', 'json'], { input: chart })
  t.strictSame(sorted(found(stdout)), [
    'charts/shop/charts/cache/templates/cache.yaml:14',
    'charts/shop/templates/web.yaml:17',
    'charts/shop/templates/web.yaml:48',
  ])
  const elsewhere = await check(['-'], { input: chart, cwd: t.testdir({}) })
  t.match(elsewhere.stdout, /deny +stdin:\d+:\d+ /, 'where there is no such chart, stdin is the place')
  const source = (JSON.parse((await check(['-', '-o', 'json'], { input: chart, cwd: t.testdir({}) })).stdout) as Report)
    .objects[0]?.source
  t.match(source, { file: 'stdin', origin: { file: 'shop/templates/web.yaml' } }, 'and what it came from is told')

  const directory = copied(t)
  const file = 'kustomize/overlays/staging/kustomization.yaml'
  writeFileSync(
    join(directory, file),
    `${readFileSync(join(demo, file), 'utf8')}buildMetadata: [originAnnotations, transformerAnnotations]\n`,
  )
  const built = await print('kustomize', 'build', join(directory, 'kustomize/overlays/staging'))
  const piped = await check(['-', '-o', 'json'], { input: built })
  t.strictSame(
    sorted(found(piped.stdout)),
    ['kustomize/base/search.yaml:16', `stdin:${built.split('\n').findIndex((text) => text.includes('50%')) + 1}`],
    'which overlay was built cannot be told here, so what its patches changed is where it was read',
  )
})

t.test(
  'a render that fails is an error at the place that the tool names, and the rest is judged',
  needsTools,
  async (t) => {
    const directory = copied(t)
    const broken: Readonly<Record<string, string>> = {
      'charts/shop/templates/nil.yaml': 'a: b\nc: {{ .Values.a.b.c }}\n',
      'charts/shop/templates/parse.yaml': 'a: b\nc: {{ if }\n',
      'charts/shop/templates/required.yaml': 'a: {{ required "say what" .Values.z }}\n',
      'charts/shop/templates/yaml.yaml': 'a: b\n c: d\n',
      'environments/broken.yaml': 'a: b\n c: d\n',
      'kustomize/overlays/staging/missing/kustomization.yaml': 'kind: Kustomization\nresources:\n- nowhere.yaml\n',
      'kustomize/overlays/staging/field/kustomization.yaml': 'resources: []\nresourcesx: []\n',
    }
    const expected: readonly (readonly [string, readonly string[], string, RegExp])[] = [
      ['charts/shop/templates/nil.yaml', [], 'charts/shop/templates/nil.yaml:2:14', /nil pointer/],
      ['charts/shop/templates/parse.yaml', [], 'charts/shop/templates/parse.yaml:2:', /unexpected "}" in if/],
      ['charts/shop/templates/required.yaml', [], 'charts/shop/templates/required.yaml:1:7', /say what/],
      ['charts/shop/templates/yaml.yaml', [], 'charts/shop/templates/yaml.yaml::', /mapping values are not allowed/],
      [
        'environments/broken.yaml',
        ['--values', 'environments/broken.yaml'],
        'environments/broken.yaml:2:1',
        /failed to parse/,
      ],
      [
        'kustomize/overlays/staging/missing/kustomization.yaml',
        ['--kustomize', 'kustomize/overlays/staging/missing'],
        'kustomize/overlays/staging/missing/kustomization.yaml:3:1',
        /no such file/,
      ],
      [
        'kustomize/overlays/staging/field/kustomization.yaml',
        ['--kustomize', 'kustomize/overlays/staging/field'],
        'kustomize/overlays/staging/field/kustomization.yaml:2:1',
        /unknown field/,
      ],
    ]
    for (const [file, args, place, message] of expected) {
      const target = join(directory, file)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, broken[file] ?? '')
      const helm = args[0] === '--kustomize' ? [] : ['--helm', 'charts/shop']
      const { code, stdout } = await check(['plain', ...helm, ...args, '-o', 'json'], { cwd: directory })
      const { objects, errors } = JSON.parse(stdout) as Report
      const [error] = errors
      t.strictSame([code, objects.length, errors.length], [3, 2, 1], file)
      t.match(error, { code: 'EVENKEEL_RENDER_FAILED', message })
      t.equal(`${error?.file ?? ''}:${error?.line ?? ''}:${error?.column ?? ''}`, place)
      if (file.startsWith('charts')) writeFileSync(target, '')
    }
    const absent = await check(['plain', '--helm', 'plain', '--helm', 'nowhere', '--kustomize', 'plain', '-o', 'json'])
    t.equal(absent.code, 3)
    t.match((JSON.parse(absent.stdout) as Report).errors, [
      { message: /no chart/, file: 'plain' },
      { message: /no chart/, file: 'nowhere' },
      { message: /no kustomization.yaml/, file: 'plain' },
    ])
  },
)

t.test('values take a chart', async (t) => {
  const { code, stderr } = await check(['plain', '--values', 'environments/staging.yaml'])
  t.equal(code, 2)
  t.match(stderr, '--values FILE is for a chart: name it with --helm DIR')
})

t.test('without the tools everything else is judged, and it says what is missing', async (t) => {
  const PATH = t.testdir()
  const { code, stdout } = await check([...(environments[0] ?? []), '-o', 'json'], { PATH })
  const { objects, errors } = JSON.parse(stdout) as Report
  t.strictSame([code, objects.length], [3, 2])
  t.match(errors, [
    { code: 'EVENKEEL_RENDER_FAILED', file: 'charts/shop/Chart.yaml', message: /^helm is not installed/ },
    {
      code: 'EVENKEEL_RENDER_FAILED',
      file: 'kustomize/overlays/staging/kustomization.yaml',
      message: /^neither kustomize nor kubectl/,
    },
  ])
})

const needsCluster = await clusterOrSkip(t)

t.test('kubectl builds kustomizations where kustomize is missing', needsCluster, async (t) => {
  const binaries = await ensureBinaries()
  const PATH = t.testdir()
  if (!('missing' in binaries)) symlinkSync(binaries.kubectl, join(PATH, 'kubectl'))
  const { code, stdout, stderr } = await check(['--kustomize', 'kustomize/overlays/staging', '-o', 'json'], { PATH })
  t.equal(code, 1)
  t.match(stderr, 'kustomize/overlays/staging is built by kubectl kustomize, as kustomize is not installed')
  t.match(sorted(found(stdout)), ['kustomize/base/search.yaml:16', 'kustomize/overlays/staging/quick.yaml:9'])
  t.equal((JSON.parse(stdout) as Report).objects[0]?.source.rendered, 'kubectl kustomize kustomize/overlays/staging')
})

t.test('nothing is left in the folder for temporary files', needsTools, async (t) => {
  const TMPDIR = t.testdir()
  await evenkeel(['check', '--kustomize', relative('.', join(demo, 'kustomize/overlays/staging'))], {
    env: { PATH: path, TMPDIR },
  })
  t.strictSame(
    globSync('**', { cwd: TMPDIR }).filter((name) => name !== '.'),
    [],
  )
})
