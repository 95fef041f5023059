import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readCommandLine } from '../../src/cli/command-line.ts'
import { commands } from '../../src/cli/commands.ts'
import { nameOf } from '../../src/cli/option.ts'
import { type FormatName, formatNames } from '../../src/report/format.ts'
import { against } from '../report/valid.ts'
import { evenkeel } from './evenkeel.ts'

// Every row is a process of its own.
t.setTimeout(600_000)

const deployment = (name: string, maxUnavailable: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: ${name}}}
  strategy: {rollingUpdate: {maxUnavailable: ${maxUnavailable}, maxSurge: 1}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: "registry.example/web:1.2.3"}]}
`
const policy = (rule: string, enforcement = 'deny') =>
  `apiVersion: evenkeel.dev/v1alpha1\nkind: RolloutPolicy\nmetadata: {name: ${enforcement}}\nspec: {rules: {${rule}: ${enforcement}}}\n`

const repository = {
  'good.yaml': deployment('good', '0'),
  'bad.yaml': deployment('bad', '25%'),
  'mixed.yaml': `${deployment('fine', '0')}---\na: [1\n`,
  'types.yaml': deployment('types', '[1]'),
  'values.yaml': 'replicas: 3\n',
  'config.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n',
  empty: {},
  denies: { 'evenkeel.yaml': policy('limit-max-unavailable') },
  'warns.yaml': policy('limit-max-unavailable', 'warn'),
  'typo.yaml': policy('limit-max-unavailble'),
  'no-policy.yaml': 'a: [',
  'audits.yaml': policy('limit-max-unavailable', 'audit'),
  chart: { 'Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n', templates: { 'a.yaml': '{{ x' } },
  before: { 'good.yaml': deployment('good', '0') },
  same: { 'good.yaml': deployment('good', '0'), 'bad.yaml': deployment('bad', '25%') },
  overlay: { 'kustomization.yaml': 'resources: [../good.yaml]\nnamePrefix: x-\n' },
}

/** What stands after `check --policy denies`, and the exit code by docs/errors.md. */
const situations = {
  'a file without a finding': { operands: 'good.yaml', code: 0 },
  'a finding that denies': { operands: 'good.yaml bad.yaml', code: 1 },
  'nothing to check': { operands: 'values.yaml', code: 2 },
  'broken YAML beside good YAML': { operands: 'mixed.yaml', code: 3 },
} as const
type Situation = keyof typeof situations

interface Use {
  readonly args: string
  /** Where the option makes another exit code of it. */
  readonly but?: Partial<Record<Situation, number>>
}

/** A use, or several, of every option of `check`; an option that is added there needs a row here. */
const uses: Readonly<Record<string, readonly Use[]>> = {
  output: [{ args: '-o text' }],
  failOn: [
    { args: '--fail-on deny' },
    { args: '--fail-on never', but: { 'a finding that denies': 0 } },
    { args: '--policy warns.yaml --fail-on warn' },
  ],
  noColor: [{ args: '--no-color' }],
  policy: [{ args: '--policy audits.yaml' }],
  preset: [{ args: '--preset recommended:development' }],
  helm: [{ args: '--helm chart', but: failsToRender() }],
  values: [{ args: '--helm chart --values values.yaml', but: failsToRender() }],
  kustomize: [{ args: '--kustomize overlay', but: failsToRender() }],
  namespace: [{ args: '--namespace other' }],
  complete: [{ args: '--complete' }],
  allowEmpty: [{ args: '--allow-empty', but: { 'nothing to check': 0 } }],
  quiet: [{ args: '--quiet' }],
  against: [{ args: '--against before' }, { args: '--against same', but: { 'a finding that denies': 0 } }],
  baseline: [{ args: '--baseline nothing.json' }, { args: '--baseline all.json', but: { 'a finding that denies': 0 } }],
  asAdmitted: [{ args: '--as-admitted' }],
}

/** The tools are not on the PATH of these tests: that is input which could not be read, and never hides a verdict. */
function failsToRender(): Partial<Record<Situation, number>> {
  return Object.fromEntries(Object.keys(situations).map((situation) => [situation, 3]))
}

const PATH = '/nonexistent'

/** Two at a time. */
async function each<T>(items: readonly T[], run: (item: T, index: number) => Promise<void>): Promise<void> {
  const queue = items.entries()
  const worker = async () => {
    for (const [index, item] of queue) await run(item, index)
  }
  await Promise.all([worker(), worker()])
}

/** One run tells in all formats, text on stdout, the others in files; answers with what it told. */
async function checkInEveryFormat(cwd: string, args: string, id: number) {
  const files = formatNames.slice(1).map((format) => ({ format, file: join(cwd, `report-${id}.${format}`) }))
  const outputs = files.flatMap(({ format, file }) => ['-o', `${format}=${file}`])
  const line = [
    'check',
    '--policy',
    'denies',
    ...(/(?:^| )-o /.test(args) ? [] : ['-o', 'text']),
    ...args.split(' '),
    ...outputs,
  ]
  const ran = await evenkeel(line, { cwd, env: { PATH } })
  const told = new Map(
    files.filter(({ file }) => existsSync(file)).map(({ format, file }) => [format, readFileSync(file, 'utf8')]),
  )
  for (const { file } of files) rmSync(file, { force: true })
  return { ...ran, told }
}

t.test('every option, every situation: the exit code of docs/errors.md, and all formats tell the same', async (t) => {
  const cwd = t.testdir(repository)
  for (const [file, from] of [
    ['all.json', 'bad.yaml'],
    ['nothing.json', 'good.yaml'],
  ] as const)
    t.equal((await evenkeel(['baseline', '--policy', 'denies', '--output', file, from], { cwd })).code, 0)
  const rows = Object.values(uses)
    .flat()
    .flatMap(({ args, but = {} }) =>
      Object.entries(situations).map(([situation, { operands, code }]) => ({
        title: `${args}: ${situation}`,
        args: `${args} ${operands}`,
        code: but[situation as Situation] ?? code,
      })),
    )
  await each(rows, async ({ title, args, code }, id) => {
    const { told, ...ran } = await checkInEveryFormat(cwd, args, id)
    t.equal(ran.code, code, `${title}\n${ran.stdout}${ran.stderr}`)
    t.equal(told.size, code === 2 ? 0 : formatNames.length - 1, `${title}: an output where there is something to tell`)
    t.equal(ran.stdout === '', code === 2, title)
    if (code === 2) return
    const text = (format: FormatName) => told.get(format) ?? ''
    if (id < Object.keys(situations).length)
      for (const format of ['sarif', 'junit', 'gitlab'] as const)
        t.strictSame(await against[format](text(format)), [], title)
    const isPartial = code === 3
    t.match(ran.stdout, isPartial ? /error in the input\n$|errors in the input\n$/ : /admitted[^\n]*\n$/, title)
    t.equal(/"errors": \[\]/.test(text('json')), !isPartial, title)
    t.equal(/"executionSuccessful": true/.test(text('sarif')), !isPartial, title)
    t.equal(/<testsuite name="input"/.test(text('junit')), isPartial, title)
    t.equal(/^::error [^\n]*title=EVENKEEL_/m.test(text('github')), isPartial, title)
    t.equal(/"check_name":"EVENKEEL_/.test(text('gitlab')), isPartial, title)
    t.equal(/\*\*error\*\*/.test(text('markdown')), isPartial, title)
    if (code !== 1) return
    t.match(text('sarif'), /"level":"(error|warning)"/, title)
    t.match(text('junit'), /<failure type="(deny|warn)"/, title)
    t.match(text('markdown'), /\| (\*\*deny\*\*|warn) \|/, title)
  })
})

t.test('each format alone, on stdout, has the same exit codes', async (t) => {
  const cwd = t.testdir(repository)
  const rows = formatNames.flatMap((format) => [
    { format, operands: 'bad.yaml', code: 1 },
    { format, operands: 'mixed.yaml', code: 3 },
  ])
  await each(rows, async ({ format, operands, code }) => {
    const ran = await evenkeel(['check', '--policy', 'denies', '-o', format, operands], { cwd })
    t.equal(ran.code, code, `${format}: ${operands}\n${ran.stderr}`)
    t.not(ran.stdout, '', format)
  })
})

type Row = readonly [line: string, code: number, says: RegExp]

/** Command lines of all commands; what stands after `evenkeel`, split at blanks. */
const lines: readonly Row[] = [
  ['check --policy warns.yaml bad.yaml', 0, /judging by/],
  ['check --policy denies config.yaml', 0, /judging by/],
  ['check --policy denies nowhere.yaml bad.yaml', 3, /judging by/],
  ['check --policy denies good.yaml bad.yaml mixed.yaml', 3, /judging by/],
  ['check --policy denies types.yaml', 3, /judging by/],
  ['check --policy denies empty', 2, /empty: holds no .*--allow-empty/],
  ['check --policy denies --fail-on never good.yaml empty', 2, /empty: holds no .*--allow-empty/],
  ['check --policy denies nowhere.yaml empty', 2, /empty: holds no .*--allow-empty/],
  ['check --policy denies --helm chart empty', 2, /empty: holds no .*--allow-empty/],
  ['check --policy denies --allow-empty empty', 0, /judging by/],
  ['check --policy denies --allow-empty good.yaml empty', 0, /judging by/],
  ['fix --policy denies good.yaml empty', 2, /empty: holds no .*--allow-empty/],
  ['baseline --policy denies --output - good.yaml empty', 2, /empty: holds no .*--allow-empty/],
  ['check --polici denies good.yaml', 2, /no option --polici, did you mean "--policy"/],
  ['check --policy denies -o xml good.yaml', 2, /no "xml"; known are text, json, sarif/],
  ['check --policy denies -o sarf good.yaml', 2, /did you mean "sarif"/],
  ['check --policy denies -o json= good.yaml', 2, /json= names no file: json=FILE/],
  ['check --policy denies -o json -o text good.yaml', 2, /only one output can go to stdout/],
  ['check --policy denies -o json=a -o text=a good.yaml', 2, /a cannot hold two outputs/],
  [
    'check --policy denies -o json=none/a -o text bad.yaml',
    2,
    /none\/a: cannot be written: its directory does not exist \[EVENKEEL_OUTPUT/,
  ],
  ['check --policy denies -o json=empty good.yaml', 2, /empty: cannot be written: it is a directory/],
  ['check --policy denies --baseline none.json good.yaml', 2, /none\.json/],
  ['check --policy denies --baseline bad.yaml good.yaml', 2, /bad\.yaml/],
  ['check --policy denies --against no-such-branch good.yaml', 2, /no-such-branch/],
  ['check --policy denies --fail-on error good.yaml', 2, /deny, warn, never/],
  ['check --preset stricter good.yaml', 2, /no preset "stricter", did you mean "strict"\?.*recommended:staging/],
  ['check --preset recommended:qa good.yaml', 2, /no preset "recommended:qa"/],
  ['check --policy typo.yaml good.yaml', 2, /typo\.yaml:4:\d+: .*did you mean "limit-max-unavailable"/],
  ['check --policy no-policy.yaml good.yaml', 2, /no-policy\.yaml:1:\d+: /],
  ['check --policy none.yaml good.yaml', 2, /none\.yaml: cannot be read \(ENOENT\)/],
  ['check --policy denies --values values.yaml good.yaml', 2, /--helm/],
  ['chek good.yaml', 2, /no command "chek", did you mean "check"/],
  ['explain require-readyness-probe', 2, /did you mean "require-readiness-probe"/],
  ['explain require-readiness-probe', 0, /^$/],
  ['rules', 0, /^$/],
  ['policy validate denies/evenkeel.yaml', 0, /^$/],
  ['policy validate typo.yaml', 2, /typo\.yaml:4/],
  ['policy view --policy denies', 0, /evenkeel\.yaml|denies/],
  ['fix --allow-empty -', 0, /^$/],
  ['fix --write -', 2, /-o yaml/],
  ['fix --write -o yaml good.yaml', 2, /leave out -o yaml/],
  ['fix -o html good.yaml', 2, /diff, json-patch, kustomize, yaml/],
  ['fix --policy denies bad.yaml', 0, /^$/],
  ['fix --policy denies mixed.yaml', 3, /mixed\.yaml/],
  ['webhook-config --url http://x', 2, /https:\/\//],
  ['webhook-config --url https://user:pw@h/p', 2, /takes no user, query or fragment(?!.*pw)/],
  ['webhook-config --url https://user@h', 2, /takes no user, query or fragment/],
  ['webhook-config --url https://h/base?x=y', 2, /takes no user, query or fragment/],
  ['webhook-config --url https://h/base#x', 2, /takes no user, query or fragment/],
  ['webhook-config --url https://h/base?', 2, /takes no user, query or fragment/],
  ['webhook-config --service a/b:70000', 2, /port from 1 to 65535; found "a\/b:70000"/],
  ['webhook-config --service a/b:0', 2, /port from 1 to 65535/],
  ['webhook-config --service a', 2, /NAMESPACE\/NAME/],
  ['webhook-config --service a/b:65535', 0, /^evenkeel: for /],
  ['webhook-config --ca values.yaml', 2, /no certificate/],
  ['audit --kubeconfig none.yaml', 2, /EVENKEEL_KUBECONFIG_INVALID/],
  ['audit --kubeconfig none.yaml -o xml', 2, /known are text, json, sarif/],
  ['serve --tls-dir empty --port 0 --health-port 0', 2, /EVENKEEL_CERTIFICATE_INVALID/],
  ['serve --port 70000', 2, /port/],
  ['', 2, /check/],
  ['--help', 0, /^$/],
  ['--version', 0, /^$/],
]

t.test('every command: wrong usage, a bad policy and bad input have their codes and say what to do', async (t) => {
  const cwd = t.testdir(repository)
  await each(lines, async ([line, code, says]) => {
    const ran = await evenkeel(line === '' ? [] : line.split(' '), { cwd })
    t.equal(ran.code, code, `${line}\n${ran.stdout}${ran.stderr}`)
    t.match(ran.stderr, says, line)
    t.notMatch(ran.stderr, /^(?:evenkeel: )? {4}at /m, 'no stack trace')
  })
})

t.test('help of a word that several commands begin with lists them', async (t) => {
  const asked = [
    ['policy', '--help'],
    ['policy', '-h'],
    ['help', 'policy'],
  ]
  await each(asked, async (args) => {
    const { code, stdout, stderr } = await evenkeel(args)
    t.strictSame({ code, stderr }, { code: 0, stderr: '' }, args.join(' '))
    t.match(stdout, /policy view +print .*\n +policy validate +say /, args.join(' '))
  })
  t.match(await evenkeel(['policy']), { code: 2, stderr: /policy view and policy validate/ })
})

t.test(
  'a file is written in place of what was there, or not at all; the other outputs are told all the same',
  async (t) => {
    const cwd = t.testdir({ ...repository, 'old.json': 'old\n', link: t.fixture('symlink', 'old.json') })
    const ran = await evenkeel(
      ['check', '--policy', 'denies', '-o', 'json=link', '-o', 'text=-', '-o', 'junit=none/x', 'bad.yaml'],
      { cwd },
    )
    t.equal(ran.code, 2)
    t.match(ran.stdout, /1 denied/)
    t.match(JSON.parse(readFileSync(join(cwd, 'old.json'), 'utf8')), { kind: 'CheckReport' }, 'behind the link')
    const broken = await evenkeel(['check', '--policy', 'denies', '-o', 'json=old.json', 'values.yaml'], { cwd })
    t.equal(broken.code, 2)
    t.match(readFileSync(join(cwd, 'old.json'), 'utf8'), '"CheckReport"', 'nothing to tell changes nothing')
  },
)

t.test('every option of check has a row, and every option of every command refuses what it cannot take', async (t) => {
  const check = (await commands['check']!.load()).definition
  t.strictSame(Object.keys(uses).sort(), Object.keys(check.options).sort())
  for (const [name, { load }] of Object.entries(commands)) {
    const { definition } = await load()
    for (const [key, { takes }] of Object.entries(definition.options)) {
      const written = `--${nameOf(key)}`
      const wrong = takes === undefined ? `${written}=x` : written
      t.throws(() => readCommandLine(definition, [wrong]), { code: 'EVENKEEL_USAGE' }, `${name} ${wrong}`)
    }
    t.throws(() => readCommandLine(definition, ['--nonsense']), { code: 'EVENKEEL_USAGE' }, name)
  }
})
