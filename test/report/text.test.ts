import fc from 'fast-check'
import t from 'tap'
import { endColumn, quoted } from '../../src/report/region.ts'
import { toText } from '../../src/report/text.ts'
import { careless, reportOf } from './report-of.ts'

const text = (texts: Readonly<Record<string, string>>) => [...toText(reportOf(texts), (_, word) => word)].join('')

t.test('what is marked is a key with its scalar, the key alone, or an item', (t) => {
  const cases: readonly [line: string, marked: string][] = [
    ['  replicas: 3', 'replicas: 3'],
    ['  replicas:   3   # three', 'replicas:   3'],
    ['  image: registry.example/web:1.2#3', 'image: registry.example/web:1.2#3'],
    ['  command: a, b}', 'command: a, b}'],
    ['  strategy:', 'strategy'],
    ['  strategy: {rollingUpdate: {}}', 'strategy'],
    ['  annotations: # none', 'annotations'],
    ['  text: |', 'text'],
    ["  \"quoted: key\": 'it''s' # c", "\"quoted: key\": 'it''s'"],
    ['- plain item', 'plain item'],
    ['  - name: web', 'name: web'],
    ['{a: 1, "b": {c: 2, d: x y}, e: 3}', 'c: 2'],
    ['{a: 1, "b": {c: 2, d: x y}, e: 3}', 'd: x y'],
    ['  "maxSurge": 25,', '"maxSurge": 25'],
    ['  args: [--a, --b]', '--a'],
  ]
  for (const [line, marked] of cases) {
    const column = line.indexOf(marked) + 1
    t.equal(line.slice(column - 1, endColumn(line, column) - 1), marked, line)
  }
  t.end()
})

t.test('a region is never empty nor outside its line, whatever stands there, and the marks are below it', (t) => {
  const line = fc.string({
    unit: fc.constantFrom(...'ab:#,"\'{[]}|>\\ \t-\u001b'.split('')),
    minLength: 1,
    maxLength: 300,
  })
  fc.assert(
    fc.property(line, fc.nat(299), (line, at) => {
      const column = (at % line.length) + 1
      const end = endColumn(line, column)
      const { text, marks } = quoted(line, column)
      const indent = marks.length - marks.trimStart().length
      const isBelow = marks.trimStart().length > 0 && indent < text.length && marks.length <= text.length
      return end > column && end <= line.length + 1 && isBelow && !text.includes('\u001b')
    }),
  )
  t.end()
})

t.test('text groups by object, aligns places, folds what several containers lack and quotes a line once', (t) => {
  const out = text({ 'k8s/web.yaml': careless })
  t.match(out, /^Deployment shop\/web {2}deny \(policy strict\)\n/)
  const lines = out.split('\n')
  const at = lines.findIndex((line) => line.includes('maxUnavailable 25% of 4'))
  t.match(lines[at], /^ {2}deny {2}k8s\/web\.yaml:10:30 {2}maxUnavailable/)
  t.equal(lines[at + 1], '        10 |   strategy: {rollingUpdate: {maxUnavailable: 25%, maxSurge: 1}} # quick')
  t.equal(lines[at + 2], '           |                              ^^^^^^^^^^^^^^^^^^^')
  const probe = lines.filter((line) => line.includes('no readinessProbe'))
  t.equal(probe.length, 1)
  t.match(probe[0], /^ {2}deny {2}k8s\/web\.yaml:15:9 {3}containers web, side: no .* \(also k8s\/web\.yaml:17:9\)$/)
  t.equal(lines.filter((line) => line.includes('| ') && line.includes('- name: web')).length, 1)
  t.end()
})

t.test('broken YAML is quoted too, after what could be judged', (t) => {
  const out = text({ 'a.yaml': `${careless}---\na: [1\nb: 2\n` })
  t.match(out, /^error {2}a\.yaml:21:1 .*\[EVENKEEL_YAML_INVALID\]\n {8}21 \| b: 2\n {11}\| \^\^\^\^\n/m)
  t.match(out, /1 error in the input\n$/)
  t.end()
})

t.test('a value of a wrong type is quoted, and its object is not judged', (t) => {
  const out = text({ 'a.yaml': careless.replace('replicas: 4', 'replicas: four') })
  t.match(out, /^error {2}a\.yaml:8:3 {2}Deployment web: .*\[EVENKEEL_OBJECT_INVALID\]\n {8}8 \| {3}replicas: four\n/m)
  t.match(out, '0 objects judged of 0 seen')
  t.end()
})

t.test('names from manifests cannot steer the terminal', (t) => {
  const out = text({ 'a.yaml': careless.replace('name: web\n', 'name: "\\e[2Jweb\\u202e"\n') })
  t.match(out, 'Deployment shop/\ufffd[2Jweb\ufffd')
  t.notMatch(out, /[\u001b\u202e]/)
  t.end()
})
