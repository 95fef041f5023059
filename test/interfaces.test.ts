import { readFileSync } from 'node:fs'
import t from 'tap'
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
