import { readFileSync } from 'node:fs'
import t from 'tap'
import type { ReportedFinding } from '../src/model/finding.ts'
import type { ObjectRef } from '../src/model/object.ts'
import type { RuleResult } from '../src/model/result.ts'
import type { CheckReport, ReportError, ReportSource, Summary } from '../src/report/check-report.ts'
import { toJson } from '../src/report/json.ts'
import { parts } from './admission/review.ts'

const page = readFileSync('docs/interfaces.md', 'utf8')

t.test('every metric is on the page as it is served: name, labels, type and help', async (t) => {
  const { metrics } = parts()
  const facts = { uid: 'a', operation: 'CREATE', kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }
  const record = {
    path: 'validate',
    facts,
    decision: 'deny',
    findings: [{ rule: 'a', enforcement: 'deny' }],
    fixes: ['a'],
    ruleErrors: ['a'],
    failure: 'late',
    patchProblem: 'a',
  } as unknown as Parameters<typeof metrics.reviewed>[0]
  metrics.reviewed(record, 1)
  metrics.refused('Malformed')
  const text = await metrics.render()
  const help = new Map([...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, line]) => [name, line]))
  const served = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => {
    const labels = new RegExp(`^${name}(?:_sum)?\\{(.*)\\}`, 'm').exec(text)?.[1] ?? ''
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
    return `| \`${name}${names.length > 0 ? `{${names.join(',')}}` : ''}\` | ${type} | ${help.get(name)} |`
  })
  const documented = page.split('\n').filter((line) => /^\| `(evenkeel|process|nodejs)_/.test(line))
  t.strictSame(documented.toSorted(), served.toSorted())
})

/** All there are; the compiler asks for new ones. */
const counts: Readonly<Record<keyof Summary, true>> = {
  seen: true,
  objects: true,
  denied: true,
  warned: true,
  pass: true,
  fail: true,
  skip: true,
  error: true,
  exempt: true,
  unmatched: true,
  undecided: true,
  unplaced: true,
  baselined: true,
  unrendered: true,
  leftOut: true,
}

/** A report in which nothing is left out that may be. */
function wholeReport(): CheckReport {
  const object: Required<ObjectRef> = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
  const finding: Required<ReportedFinding> = {
    message: 'x (spec) [limit-max-surge]',
    sentence: 'x',
    field: 'spec',
    path: '/spec',
    container: 'web',
    degree: 1,
    object,
    fix: { operations: [{ op: 'replace', path: '/spec/replicas', value: 2 }], safe: true, atAdmission: true },
    verdict: 'admit',
    known: true,
    baselined: true,
    exempt: { until: '2027-01-01', reason: 'x' },
  }
  const facts = { policy: 'p', rule: 'limit-max-surge', enforcement: 'deny', severity: 'low' } as const
  const results: RuleResult[] = [
    { ...facts, status: 'fail', findings: [finding] },
    { ...facts, status: 'skip', reason: 'x' },
    { ...facts, status: 'error', error: 'x', verdict: 'deny' },
  ]
  const source: Required<ReportSource> = { file: 'a', document: 0, line: 1, origin: { file: 'a' }, rendered: 'stdin' }
  const error: Required<ReportError> = { code: 'X', message: 'x', file: 'a', line: 1, column: 1, quote: 'x' }
  const positionOf = () => ({ file: 'a', line: 1, column: 1 })
  const policies = [{ name: 'p', matching: 'unknown' }] as const
  const bare = { results: [], decision: 'admit' } as const
  return {
    objects: [
      { evaluation: { object, policies: [], results, decision: 'deny' }, source, positionOf },
      { evaluation: { ...bare, object, policies: [] } },
      { evaluation: { ...bare, object: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, policies } },
    ],
    errors: [error],
    seen: 3,
    unrendered: 1,
    leftOut: 1,
  }
}

function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.values(value).flatMap(keysIn)
  return Array.isArray(value) ? inside : [...Object.keys(value), ...inside]
}

t.test('every key of the JSON report is on the page, and what is there is in the report', (t) => {
  const section = page.slice(page.indexOf('## The JSON report'), page.indexOf('## Annotations'))
  const [, example = ''] = /```json\n(.*?)```\n/s.exec(section) ?? []
  const names = new Set([...section.matchAll(/["`](\w+)/g)].map(([, name]) => name))
  const report = JSON.parse([...toJson(wholeReport(), { root: '/repo' })].join('')) as { readonly summary: Summary }
  const printed = new Set(keysIn(report))
  t.strictSame(
    [...printed].filter((key) => !names.has(key)),
    [],
  )
  t.strictSame(
    keysIn(JSON.parse(example)).filter((key) => !printed.has(key)),
    [],
  )
  t.notMatch([...printed].join(' '), /sentence|field|degree|quote/, 'what is only for us is not in it')
  t.strictSame(Object.keys(report.summary), Object.keys(counts), 'all counts are looked for')
  t.end()
})
