import type { Log, Result } from 'sarif'
import t from 'tap'
import { exemptionRule } from '../../src/engine/exemption-rule.ts'
import type { ReportedFinding } from '../../src/model/finding.ts'
import type { RuleResult } from '../../src/model/result.ts'
import type { CheckReport, JudgedObject } from '../../src/report/check-report.ts'
import { denyText } from '../../src/report/deny-text.ts'
import { type FormatName, formatNames, type Setting } from '../../src/report/format.ts'
import { formats } from '../../src/report/formats.ts'
import { toText } from '../../src/report/text.ts'
import { rules } from '../../src/rules/index.ts'
import { careless, reportOf } from './report-of.ts'
import { against } from './valid.ts'

t.setTimeout(120_000)

const setting: Setting = { rules: [...rules, exemptionRule], version: '1.2.3', root: '/repo', failing: ['deny'] }

function printed(format: Exclude<FormatName, 'text'>, report: CheckReport, other: Partial<Setting> = {}): string {
  return [...formats[format](report, { ...setting, ...other })].join('')
}

const nasty = '"quo`te" | <b>&amp;\r\n::error::@octocat #1 \u0000\u001b[31m\ud800 50%,a:b *x* ]]>'

const exempt = { until: '2027-01-01', reason: `vendor ${nasty}` }
const base: ReportedFinding = {
  message: `x (spec) [limit-max-surge]`,
  sentence: 'x',
  field: 'spec',
  path: '/spec',
  verdict: 'deny',
}

function judged(results: readonly RuleResult[], name = `web${nasty}`): JudgedObject {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
  return {
    evaluation: { object, policies: [{ name: 'p', matching: 'yes' }], decision: 'deny', results },
    source: { file: 'dir with space/wéb#1.yaml', document: 0, line: 3 },
    positionOf: () => ({ file: 'dir with space/wéb#1.yaml', line: 5, column: 3 }),
    quoteOf: () => '  replicas: 3',
  }
}

function failing(rule: string, ...findings: ReportedFinding[]): RuleResult {
  return { policy: 'p', rule, status: 'fail', enforcement: 'deny', severity: 'high', findings }
}

const facts = { policy: 'p', enforcement: 'deny', severity: 'low' } as const

/** One of everything that an output may meet. */
const everything: CheckReport = {
  seen: 3,
  objects: [
    judged([
      failing('limit-max-surge', base, { ...base, message: nasty, verdict: 'warn', known: true }),
      failing('require-replicas', { ...base, verdict: 'admit', exempt }),
      failing('require-revision-history', { ...base, verdict: 'admit', baselined: true }),
      { ...facts, rule: 'require-startup-probe', status: 'pass' },
      { ...facts, rule: 'require-disruption-budget', status: 'skip', reason: nasty },
      { ...facts, rule: 'require-liveness-probe', status: 'error', error: nasty, verdict: 'deny' },
      { ...failing('disallow-invalid-exemption', { ...base, verdict: 'warn' }), enforcement: 'warn' },
    ]),
    { evaluation: judged([failing('limit-max-surge', base)], 'from-a-cluster').evaluation },
  ],
  errors: [
    { code: 'EVENKEEL_YAML_INVALID', message: nasty, file: '../else where/b.yaml', line: 1, column: 2, quote: nasty },
    { code: 'EVENKEEL_KIND_UNREADABLE', message: 'forbidden' },
  ],
}
const nothing: CheckReport = { objects: [], errors: [], seen: 0 }

t.test('SARIF, JUnit and GitLab files are valid by the published schemas, whatever was found', async (t) => {
  const reports = { everything, nothing, careless: reportOf({ 'a.yaml': careless, 'b.yaml': 'a: [' }) }
  for (const [name, report] of Object.entries(reports))
    for (const format of ['sarif', 'junit', 'gitlab'] as const)
      t.strictSame(await against[format](printed(format, report)), [], `${format} of ${name}`)
  t.not((await against.junit(printed('junit', everything).replace('tests=', 'test='))).length, 0, 'the schema bites')
  t.not((await against.sarif(printed('sarif', everything).replace('"runs"', '"run"'))).length, 0)
  t.not((await against.gitlab(printed('gitlab', everything).replaceAll('"severity"', '"s"'))).length, 0)
})

const runOf = (report: CheckReport) => (JSON.parse(printed('sarif', report)) as Log).runs[0]!
const resultsOf = (report: CheckReport): readonly Result[] => runOf(report).results ?? []

t.test('SARIF: rules have help, results regions, what is exempt is suppressed, what failed is a notification', (t) => {
  const run = runOf(everything)
  t.match(run, { columnKind: 'utf16CodeUnits', tool: { driver: { name: 'evenkeel', version: '1.2.3' } } })
  for (const { ruleId, ruleIndex } of run.results ?? [])
    t.equal(run.tool.driver.rules?.[ruleIndex ?? -1]?.id, ruleId, 'the index leads to the rule')
  const rule = run.tool.driver.rules?.find(({ id }) => id === 'limit-max-surge')
  t.strictSame(
    (run.tool.driver.rules ?? []).filter(({ shortDescription, help }) => !shortDescription?.text || !help?.text),
    [],
    'each says what it asks, the own of the engine, too',
  )
  t.match(rule?.help, { text: /evenkeel explain limit-max-surge$/, markdown: /^\*\*Why:\*\* .*\*\*What to do:\*\* /s })
  const [first, known] = run.results ?? []
  const suppressed = run.results?.find(({ ruleId }) => ruleId === 'require-replicas')
  t.match(first?.locations?.[0]?.physicalLocation, {
    artifactLocation: { uri: 'dir%20with%20space/w%C3%A9b%231.yaml', uriBaseId: '%SRCROOT%' },
    region: { startLine: 5, startColumn: 3, endLine: 5, endColumn: 14, snippet: { text: '  replicas: 3' } },
  })
  t.strictSame([first?.level, known?.level, suppressed?.level], ['error', 'warning', 'note'])
  t.strictSame(first?.suppressions, [])
  const old = run.results?.find(({ ruleId }) => ruleId === 'require-revision-history')
  t.match(old?.suppressions, [{ kind: 'external', status: 'accepted', justification: 'in the baseline' }])
  t.match(suppressed?.suppressions, [{ kind: 'inSource', status: 'accepted', justification: /until 2027-01-01/ }])
  const cluster = run.results?.at(-1)?.locations?.[0]
  t.equal(cluster?.physicalLocation, undefined)
  t.equal(cluster?.logicalLocations?.[0]?.fullyQualifiedName, 'shop/Deployment/from-a-cluster')
  const { executionSuccessful, toolExecutionNotifications: told = [] } = run.invocations?.[0] ?? {}
  t.equal(executionSuccessful, false)
  t.match(told[0]?.locations?.[0]?.physicalLocation, {
    artifactLocation: { uri: 'file:///else%20where/b.yaml', uriBaseId: undefined },
    region: { startLine: 1, startColumn: 2 },
  })
  t.equal(told[2]?.associatedRule?.id, 'require-liveness-probe')
  t.end()
})

t.test('a fingerprint is of one finding, and stays when lines move, values change or containers change places', (t) => {
  const prints = (text: string) =>
    new Map(
      resultsOf(reportOf({ 'a.yaml': text })).map((one) => [
        one.message.text,
        Object.values(one.partialFingerprints ?? {})[0],
      ]),
    )
  const text = `${careless}        terminationGracePeriodSeconds: 60\n`
  const before = prints(text)
  t.equal(new Set(before.values()).size, before.size)
  const [web = '', side = ''] = text.split(/(?= {6}- name: )/).slice(1)
  const moved = `# new\n\n${text.replace(web + side, side + web).replace('25%', '50%')}`
  const after = prints(moved)
  t.strictSame(new Set(after.values()), new Set(before.values()))
  t.notSame([...after.keys()], [...before.keys()])
  const other = prints(text.replace('name: web\n', 'name: other\n'))
  t.notOk(
    [...other.values()].some((print) => new Set(before.values()).has(print)),
    'another object has its own',
  )
  t.end()
})

t.test('two findings of a rule for one field still have fingerprints of their own', (t) => {
  const twice = { ...nothing, objects: [judged([failing('limit-max-surge', base, base)])] }
  for (const format of ['sarif', 'gitlab'] as const) {
    const found = [...printed(format, twice).matchAll(/"(?:fingerprint|evenkeelFinding\/v1)": ?"(\w+)"/g)].map(
      ([, print]) => print,
    )
    t.equal(found.length, 2)
    t.equal(new Set(found).size, 2, format)
  }
  t.end()
})

t.test('a report written on Windows names files as one written elsewhere does', (t) => {
  const file = 'k8s\\sub dir\\web.yaml'
  const windows: CheckReport = {
    ...nothing,
    objects: [
      {
        ...judged([failing('limit-max-surge', base)], 'web'),
        source: { file, document: 0, line: 3, origin: { file } },
        positionOf: () => ({ file, line: 5, column: 3 }),
      },
    ],
    errors: [{ code: 'EVENKEEL_YAML_INVALID', message: 'is broken', file: 'D:\\else\\b.yaml', line: 2 }],
  }
  for (const format of formatNames) {
    if (format === 'text') continue
    const out = printed(format, windows, { root: 'C:\\work' })
    t.notMatch(out, /(?:k8s|D:|D%3A)\\/, format)
    t.match(out, format === 'sarif' ? '"k8s/sub%20dir/web.yaml"' : 'k8s/sub dir/web.yaml', format)
    t.match(out, format === 'sarif' ? '"file:///D:/else/b.yaml"' : /D(?::|%3A)\/else\/b\.yaml/, format)
  }
  t.end()
})

t.test('JUnit: a test fails when the run would, and what warns or is skipped is told', (t) => {
  const xml = printed('junit', everything)
  t.match(xml, /<testsuite name="input" tests="2" failures="0" errors="2" skipped="0">/)
  t.match(xml, /tests="7" failures="1" errors="1" skipped="3">/)
  t.match(xml, /<failure type="deny" message="x \(spec\) \[limit-max-surge\] and 1 more">/)
  t.match(xml, /<skipped message="[^"]*">[^<]*\(exempt until 2027-01-01: /)
  t.match(xml, /name="disallow-invalid-exemption"[^>]*><system-out>dir with space\/wéb#1\.yaml:5:3 /)
  t.match(printed('junit', everything, { failing: ['deny', 'warn'] }), /failures="2"/, 'by --fail-on warn')
  t.match(
    xml,
    'message="&quot;quo`te&quot; | &lt;b&gt;&amp;amp;&#13;&#10;::error::@octocat #1 \ufffd\ufffd[31m\ufffd 50%',
  )
  t.end()
})

t.test('GitHub: a command a finding, nothing of others can end it, and what GitHub drops is in the log', (t) => {
  const out = printed('github', everything)
  const lines = out.trimEnd().split('\n')
  for (const line of lines.slice(0, -1)) t.match(line, /^::(error|warning|notice) [a-zA-Z]+=/)
  t.match(lines.at(-1), /^2 objects judged of 3 seen/)
  t.match(
    out,
    '::error file=/else where/b.yaml,line=1,endLine=1,col=2,title=EVENKEEL_YAML_INVALID::"quo`te" | <b>&amp;\ufffd\ufffd::error::',
  )
  t.notMatch(out.replaceAll('\n', ''), /\p{Cc}/u, 'nothing that a terminal would obey')
  t.match(
    out,
    /^::error file=dir with space\/wéb#1\.yaml,line=5,endLine=5,col=3,endColumn=14,title=limit-max-surge::Deployment /m,
  )
  t.notMatch(out, 'vendor', 'what is exempt is nothing to annotate')
  const odd = { ...everything, objects: [], errors: [{ code: 'X', message: '100%', file: 'a,b:c%.yaml', line: 1 }] }
  t.match(printed('github', odd), '::error file=a%2Cb%3Ac%25.yaml,line=1,endLine=1,title=X::100%25\n')
  const some = (count: number, verdict: 'deny' | 'warn' | 'admit') =>
    Array.from({ length: count }, (_, i) => ({ ...base, message: `${verdict} ${i}`, verdict }))
  const many = {
    ...nothing,
    objects: [judged([failing('r', ...some(12, 'deny'), ...some(11, 'warn'), ...some(10, 'admit'))])],
  }
  const told = printed('github', many)
  const count = (expression: RegExp) => told.match(expression)?.length
  t.strictSame([count(/^::error /gm), count(/^::warning /gm), count(/^::notice /gm)], [10, 10, 10])
  t.match(
    told,
    /^::notice title=evenkeel::4 more are only in the log of this step: GitHub shows 10 errors and 10 warnings/m,
  )
  t.strictSame(told.match(/^- \w+ .*:5:3 .*(?:deny|warn|admit) \d+$/gm)?.length, 4)
  t.end()
})

t.test('GitLab: each finding with its file, line and severity; exempt ones are left out', (t) => {
  const issues = JSON.parse(printed('gitlab', everything)) as {
    severity: string
    fingerprint: string
    check_name: string
    location: { path: string; lines: { begin: number } }
  }[]
  t.equal(new Set(issues.map(({ fingerprint }) => fingerprint)).size, issues.length)
  t.ok(issues.every(({ severity }) => ['info', 'minor', 'major', 'critical', 'blocker'].includes(severity)))
  t.match(
    issues.find(({ check_name }) => check_name === 'limit-max-surge'),
    {
      severity: 'critical',
      location: { path: 'dir with space/wéb#1.yaml', lines: { begin: 5 } },
    },
  )
  const accepted = ['require-replicas', 'require-revision-history']
  t.equal(issues.filter(({ check_name }) => accepted.includes(check_name)).length, 0)
  t.equal(issues.at(-1)?.location.path, 'shop/Deployment/from-a-cluster')
  t.strictSame(JSON.parse(printed('gitlab', nothing)), [])
  t.end()
})

t.test('Markdown: a table that nothing of others can leave, and folded remedies', (t) => {
  const out = printed('markdown', everything)
  const rows = out.split('\n').filter((line) => line.startsWith('|'))
  t.ok(rows.length > 5)
  for (const row of rows) t.equal(row.match(/(?<!\\)\|/g)?.length, 5, row)
  t.notMatch(out, /<b>|@octocat|#1 |`te|\*x\*|[\u0000-\u0009\u000b-\u001f]/)
  t.match(out, /<details><summary><code>limit-max-surge<\/code> [^<]+<\/summary>\n\n/)
  t.match(
    out,
    /\*\*deny\*\* \| Deployment shop\/web.* \| x \(spec\) <code>limit-max-surge<\/code> \| <code>dir with space\/wéb/,
  )
  t.equal(printed('markdown', nothing).includes('|'), false)
  t.end()
})

t.test('Markdown is cut where GitHub would refuse it, between rows, and says how much is missing', (t) => {
  const findings = Array.from({ length: 900 }, (_, i) => ({
    ...base,
    message: `finding number ${i} ${'x'.repeat(100)}`,
  }))
  const out = printed('markdown', { ...nothing, objects: [judged([failing('limit-max-surge', ...findings)])] })
  t.ok(out.length <= 65_536 && out.length > 64_000, String(out.length))
  const shown = out.match(/finding number/g)?.length ?? 0
  t.match(out, new RegExp(`\n${900 - shown} more do not fit`))
  t.end()
})

t.test('the worst comes first: of each object, and of all of them where an output is cut', (t) => {
  const deny = ['info', 'medium', 'high', 'low', 'critical'] as const
  const one = [
    ...(['admit', 'warn'] as const).map((verdict) => ({ verdict, severity: 'critical' as const })),
    ...deny.map((severity) => ({ verdict: 'deny' as const, severity })),
  ]
  const two = [
    { verdict: 'warn', severity: 'high' },
    { verdict: 'deny', severity: 'critical' },
  ] as const
  const object = (name: string, lines: typeof one | typeof two) =>
    judged(
      lines.map(({ verdict, severity }) => ({
        ...failing(`require-${severity}`, { ...base, message: `${name} ${verdict} ${severity}`, verdict }),
        severity,
      })),
      name,
    )
  const report = { ...nothing, objects: [object('one', one), object('two', two)] }
  const told = (text: string) => [...new Set(text.match(/(?:one|two) (?:deny|warn|admit) \w+/g))]
  const worst = ['critical', 'high', 'medium', 'low', 'info'].map((severity) => `one deny ${severity}`)
  const byObject = [...worst, 'one warn critical', 'one admit critical', 'two deny critical', 'two warn high']
  const text = [...toText(report, (_, word) => word)].join('')
  t.strictSame(told(text), byObject)
  t.match(text, 'Explain: evenkeel explain require-critical\n')
  t.strictSame(told(denyText(report.objects[0]!.evaluation, { policies: [] })), worst, 'what kubectl shows')
  for (const format of ['sarif', 'gitlab'] as const) t.strictSame(told(printed(format, report)), byObject, format)
  const [first = '', ...others] = worst
  const warned = ['one warn critical', 'two warn high', 'one admit critical']
  for (const format of ['github', 'markdown'] as const)
    t.strictSame(told(printed(format, report)), [first, 'two deny critical', ...others, ...warned], format)
  const asJudged = [
    ...one.map(({ verdict, severity }) => `one ${verdict} ${severity}`),
    'two warn high',
    'two deny critical',
  ]
  for (const format of ['json', 'junit'] as const)
    t.strictSame(told(printed(format, report)), asJudged, `${format}: by rules`)
  t.end()
})

t.test('every format names the place of every finding alike', (t) => {
  const report = reportOf({ 'k8s/web.yaml': careless })
  const places = report.objects.flatMap(({ evaluation, positionOf }) =>
    evaluation.results.flatMap((result) =>
      result.status === 'fail' ? result.findings.map(({ path }) => positionOf!(path)) : [],
    ),
  )
  const wanted = [...new Set(places.map(({ line }) => line))].sort((a, b) => a - b)
  const lines = (text: string, expression: RegExp) =>
    [...new Set([...text.matchAll(expression)].map((match) => Number(match[1])))].sort((a, b) => a - b)
  t.strictSame(lines(printed('sarif', report), /"startLine":(\d+)/g), wanted)
  t.strictSame(lines(printed('json', report), /"position":{"file":"k8s\/web\.yaml","line":(\d+)/g), wanted)
  t.strictSame(lines(printed('gitlab', report), /"begin":(\d+)/g), wanted)
  t.strictSame(lines(printed('markdown', report), /<code>k8s\/web\.yaml:(\d+)/g), wanted)
  t.strictSame(lines(printed('github', report), /(?:line=|k8s\/web\.yaml:)(\d+)/g), wanted)
  t.strictSame(lines(printed('junit', report), /k8s\/web\.yaml:(\d+):/g), wanted)
  t.end()
})
