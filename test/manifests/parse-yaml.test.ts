import fc from 'fast-check'
import yaml from 'js-yaml'
import t, { type Test } from 'tap'
import { join } from '../../src/kube/pointer.ts'
import type { Position } from '../../src/manifests/manifest.ts'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'
import type { Json } from '../../src/model/object.ts'
import { brokenText } from './broken-text.ts'

t.setTimeout(120_000)

// What scalars, keys, merges and document separators mean is proven against the real kubectl, in kubectl.test.ts.

const offsetOf = (text: string, { line, column }: Position): number =>
  text
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, one) => sum + one.length + 1, 0) +
  column -
  1

/** Milliseconds of work of this process, however busy the machine is. */
const cpu = (): number => process.cpuUsage().user / 1000

/** The text from there on. */
const textAt = (text: string, position: Position): string => text.slice(offsetOf(text, position))

function only(text: string) {
  const { documents, errors } = readDocuments(text, 'a.yaml')
  if (errors.length > 0 || documents.length !== 1) throw new Error(JSON.stringify(errors))
  return documents[0]!
}

function positions(t: Test, text: string, expected: Readonly<Record<string, string>>): void {
  const document = only(text)
  for (const [pointer, begin] of Object.entries(expected)) {
    const position = document.positionOf(pointer)
    t.equal(position.file, 'a.yaml')
    t.equal(textAt(text, position).slice(0, begin.length), begin, `${pointer} at ${position.line}:${position.column}`)
    t.equal(document.quoteOf(pointer), text.split(/\r?\n/)[position.line - 1], 'and it is quoted')
  }
}

t.test('a field is at its key, an item at its value, what is missing at its deepest parent', (t) => {
  const text = `# comment
apiVersion: apps/v1
metadata:
  annotations:
    example.com/a~b: "x"
    'quoted key': |
      several
      lines
spec:
  template:
    spec:
      containers:
      - name: web
        args: [--a, {b: c}, "d",
          last]
      -   image: x
          ports:
            - 1
            - ? explicit
              : value
      -
        name: below
  empty:
`
  positions(t, text, {
    '': 'apiVersion',
    '/kind': 'apiVersion',
    '/metadata/annotations/example.com~1a~0b': 'example.com/a~b: "x"',
    '/metadata/annotations/quoted key': "'quoted key'",
    '/metadata/annotations/absent': 'annotations:',
    '/spec/template/spec/containers': 'containers:',
    '/spec/template/spec/containers/0': 'name: web',
    '/spec/template/spec/containers/0/name': 'name: web',
    '/spec/template/spec/containers/0/livenessProbe/httpGet/path': 'name: web',
    '/spec/template/spec/containers/0/args/0': '--a',
    '/spec/template/spec/containers/0/args/1': '{b: c}',
    '/spec/template/spec/containers/0/args/1/b': 'b: c',
    '/spec/template/spec/containers/0/args/2': '"d"',
    '/spec/template/spec/containers/0/args/3': 'last',
    '/spec/template/spec/containers/0/args/4': 'args:',
    '/spec/template/spec/containers/0/args/-': 'args:',
    '/spec/template/spec/containers/1': 'image: x',
    '/spec/template/spec/containers/1/ports/0': '1',
    '/spec/template/spec/containers/1/ports/1/explicit': 'explicit',
    '/spec/template/spec/containers/2': 'name: below',
    '/spec/template/spec/containers/3': 'containers:',
    '/spec/empty': 'empty:',
    '/spec/empty/deeper': 'empty:',
  })
  t.end()
})

t.test(
  'an alias is where it is used, what is in it where it is written; a merged field is where it comes from',
  (t) => {
    const text = `base: &base
  a: 1
  list: &list [x, z]
other: &other {a: 2, c: 3}
used: *base
merged:
  <<: *base
  b: 4
both:
  <<: [*base, *other]
first:
  a: mine
  <<: *other
last:
  <<: *other
  a: mine
items:
- *list
- <<: {d: 5}
`
    positions(t, text, {
      '/used': 'used: *base',
      '/used/a': 'a: 1',
      '/used/list/1': 'z]',
      '/used/absent': 'used: *base',
      '/merged': 'merged:',
      '/merged/a': 'a: 1',
      '/merged/b': 'b: 4',
      '/merged/absent': 'merged:',
      '/both/a': 'a: 1',
      '/both/c': 'c: 3',
      '/first/a': 'a: 2',
      '/last/a': 'a: mine',
      '/items/0': '*list',
      '/items/0/0': 'x,',
      '/items/1/d': 'd: 5',
    })
    t.strictSame(only(text).value, {
      base: { a: 1, list: ['x', 'z'] },
      other: { a: 2, c: 3 },
      used: { a: 1, list: ['x', 'z'] },
      merged: { a: 1, list: ['x', 'z'], b: 4 },
      both: { a: 1, c: 3, list: ['x', 'z'] },
      first: { a: 2, c: 3 },
      last: { a: 'mine', c: 3 },
      items: [['x', 'z'], { d: 5 }],
    })
    t.end()
  },
)

t.test('keys that are no strings are found by the name that kubectl gives them', (t) => {
  positions(t, 'a: 1\non: 2\n0x10: 3\n1.50: 4\n', { '/true': 'on: 2', '/16': '0x10: 3', '/1.5': '1.50: 4' })
  t.end()
})

t.test('JSON has positions too, also what YAML would not take', (t) => {
  const text = '\n{\n\t"a": {"b/c": [1, {"d"\n: "\\/"}]},\n"e": null}'
  positions(t, text, {
    '': '{',
    '/a': '"a"',
    '/a/b~1c': '"b/c"',
    '/a/b~1c/1': '{"d"',
    '/a/b~1c/1/d': '"d"',
    '/e': '"e"',
    '/f': '{',
  })
  t.strictSame(only(text).value, { a: { 'b/c': [1, { d: '/' }] }, e: null })
  t.end()
})

t.test(
  'lines and columns count in the whole file: documents, carriage returns, byte order marks, wide characters',
  (t) => {
    const text =
      '# x\r\n---\r\na: 1\r\n--- # y\r\n\r\n# z\r\nb:\r\n  - c: 2\r\n---\r\n\uFEFFd: {"\u{1f600}": 1, e: 2}\r\n'
    const { documents, errors } = readDocuments(text, 'f')
    t.strictSame(errors, [])
    const [a, b, d] = documents
    t.strictSame(
      documents.map(({ index, line, value }) => ({ index, line, value })),
      [
        { index: 0, line: 3, value: { a: 1 } },
        { index: 1, line: 7, value: { b: [{ c: 2 }] } },
        { index: 2, line: 10, value: { d: { '\u{1f600}': 1, e: 2 } } },
      ],
    )
    t.strictSame(a?.positionOf(''), { file: 'f', line: 3, column: 1 })
    t.strictSame(b?.positionOf('/b/0/c'), { file: 'f', line: 8, column: 5 })
    t.strictSame(d?.positionOf('/d/e'), { file: 'f', line: 10, column: 15 })
    t.strictSame(
      documents.map(({ start, end }) => text.slice(start, end)),
      ['a: 1\r\n', '\r\n# z\r\nb:\r\n  - c: 2\r\n', 'd: {"\u{1f600}": 1, e: 2}\r\n'],
    )
    t.end()
  },
)

t.test('one JSON value after another is one document after another', (t) => {
  const text = ' {"a": 1}{"b": 2}\n\n{"c":\n 3}'
  const { documents } = readDocuments(text, 'f')
  t.strictSame(
    documents.map(({ line, value, start, end }) => [line, value, text.slice(start, end).trim()]),
    [
      [1, { a: 1 }, '{"a": 1}'],
      [1, { b: 2 }, '{"b": 2}'],
      [3, { c: 3 }, '{"c":\n 3}'],
    ],
  )
  t.strictSame(documents[2]?.positionOf('/c'), { file: 'f', line: 3, column: 2 })
  t.end()
})

t.test('an error is located in the file, and the documents around it are read', (t) => {
  const text = 'a: 1\n---\nb: [\n---\nc: 2\n--- d\nlost: 1\n---\ne: 3\ne: 4\n---\n{"f": 5,}\n---\n{"f": }'
  const { documents, errors } = readDocuments(text, 'f.yaml')
  t.strictSame(
    documents.map(({ value }) => value),
    [{ a: 1 }, { c: 2 }, { f: 5 }, { f: null }],
  )
  t.match(errors, [
    { code: 'EVENKEEL_YAML_INVALID', file: 'f.yaml', line: 4, column: 1, message: /flow collection/ },
    { code: 'EVENKEEL_YAML_INVALID', file: 'f.yaml', line: 6, column: 1, message: /begins with ---, not "d"/ },
    { code: 'EVENKEEL_YAML_INVALID', file: 'f.yaml', line: 10, column: 1, message: 'the key "e" is there twice' },
  ])
  t.equal(errors.length, 3)
  const inside = (broken: string): string => {
    const [error] = readDocuments(broken, 'f').errors
    return `${error?.line}:${error?.column} ${error?.message}`
  }
  t.match(inside('a:\n  b: 1\n  c: *x\n'), /^3:8 unidentified alias/)
  t.match(inside('a:\n\n  ~: 1\n'), /^3:3 a key may not be null/)
  t.match(inside('a:\n  - b\n  - c: .nan\n'), /^3:8 .nan is no number in JSON/)
  t.match(inside('a: 1\n\nb: "\u0001"\n'), /^3:5 the character U\+0001/)
  t.match(inside('a: &x {b: *x}'), /^1:11 the value of the anchor contains itself/)
  t.match(inside('{"a": 1}\n{"b": 2}\n{"c": x}'), /^3:7 unexpected "x" in JSON/)
  t.match(inside('{"a": 1}{"b": 2}{"c": "'), /^1:23 a string without an end/)
  t.match(inside('{"a": 1}{"b": 2}{"c": "\n"}'), /^1:23 a string that is not valid JSON/)
  t.match(inside('{"a": 1}{"b": 2}{"c": 1'), /^1:24 the JSON ends too early/)
  t.match(inside('<<:\n-\n'), /^1:1 << takes a map/)
  t.match(inside('a: b\n...\n\nc: d\n'), /^4:1 kubectl ignores/)
  t.end()
})

t.test('a text with double braces is said to look like a Helm template', (t) => {
  for (const text of ['a: {{ .Values.a }}\n', '{{- if .Values.a }}\na: 1\n{{- end }}\n', 'a: 1\n---{{ end }}\n']) {
    t.match(readDocuments(text, 'f').errors, [
      { message: /looks like a Helm template: render it first \(helm template/ },
    ])
  }
  t.strictSame(readDocuments('a: "{{ x }}"', 'f').errors, [])
  t.notMatch(readDocuments('a: {', 'f').errors[0]?.message, /Helm/)
  t.end()
})

t.test('nothing but nothing is no document', (t) => {
  for (const text of ['', '\n', '---', '---\n---\n', '# x', '--- # x\n~\n---\nnull\n', '\uFEFF', ' \t', '...']) {
    t.match(readDocuments(text, 'f'), { documents: { length: 0 }, errors: { length: 0 } }, JSON.stringify(text))
  }
  t.strictSame(
    readDocuments('false\n---\n0\n---\n""', 'f').documents.map(({ value }) => value),
    [false, 0, ''],
  )
  t.end()
})

t.test('keys that mean something to JavaScript are data', (t) => {
  for (const text of [
    '__proto__: {polluted: 1}\nconstructor: {prototype: 2}\n',
    '{"__proto__": {"polluted": 1}, "constructor": {"prototype": 2}}',
  ]) {
    const { value, positionOf } = only(text)
    t.strictSame(Object.keys(value as object), ['__proto__', 'constructor'])
    t.equal(Object.getPrototypeOf(value), Object.prototype)
    t.equal(JSON.stringify(value), '{"__proto__":{"polluted":1},"constructor":{"prototype":2}}')
    t.match(textAt(text, positionOf('/__proto__/polluted')), /^"?polluted/)
    t.match(textAt(text, positionOf('/toString')), /^(__proto__|\{)/)
  }
  t.strictSame(Object.keys(only('a: &x {__proto__: 1}\nb: {<<: *x}').value as object), ['a', 'b'])
  t.match(readDocuments('__proto__: 1\n__proto__: 2', 'f').errors, [{ message: /twice/, line: 2 }])
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
  t.end()
})

t.test('what an anchor stands for is never shared', (t) => {
  const { value } = only('a: &x {b: []}\nc: *x\nd: {<<: *x}')
  const { a, c, d } = value as Record<string, { b: unknown }>
  t.strictSame([a, c, d], [{ b: [] }, { b: [] }, { b: [] }])
  t.equal(new Set([a, c, d]).size, 3)
  t.equal(new Set([a?.b, c?.b, d?.b]).size, 3)
  t.end()
})

t.test('depth and bombs are errors with a place, soon', (t) => {
  const deep = 10_000
  const bomb = (item: (name: string) => string): string =>
    [
      'a: &a {x: 1, y: 2}',
      ...Array.from({ length: 15 }, (_, i) => `a${i}: &a${i} ${item(i === 0 ? 'a' : `a${i - 1}`)}`),
    ].join('\n')
  const chain = Array.from({ length: 3000 }, (_, i) => `a${i + 1}: &a${i + 1} {<<: *a${i}}`)
  const nested = Array.from(
    { length: 20 },
    (_, i) => `a${i + 1}: &a${i + 1} ${'['.repeat(300)}*a${i}${']'.repeat(300)}`,
  )
  const texts = {
    'flow lists': '['.repeat(deep) + ']'.repeat(deep),
    'unclosed maps': '{a: '.repeat(deep),
    'block lists': `${'- '.repeat(deep)}a`,
    'block maps': Array.from({ length: 1500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    JSON: `{"a": ${'['.repeat(deep)}${']'.repeat(deep)}}`,
    'JSON maps': '{"a":'.repeat(deep) + '1' + '}'.repeat(deep),
    'a bomb of lists': bomb((name) => `[${Array(9).fill(`*${name}`).join(', ')}]`),
    'a bomb of merges': bomb((name) => `{<<: [${Array(9).fill(`*${name}`).join(', ')}]}`),
    'a chain of merges': ['a0: &a0 {x: 1}', ...chain].join('\n'),
    'lists in lists by aliases': ['a0: &a0 1', ...nested].join('\n'),
  }
  for (const [name, text] of Object.entries(texts)) {
    const start = cpu()
    const { documents, errors } = readDocuments(text, 'f')
    t.equal(errors.length, 1, name)
    t.equal(documents.length, 0, name)
    t.match(
      errors[0],
      { code: 'EVENKEEL_YAML_INVALID', line: Number, column: Number, message: /deep|maxDepth|excessive/ },
      name,
    )
    t.ok(cpu() - start < 2000, `${name} takes less than two seconds`)
  }
  t.strictSame(readDocuments(`a: ${'['.repeat(400)}${']'.repeat(400)}`, 'f').errors, [], 'four hundred levels are read')
  t.end()
})

/** The keys are as awkward as keys in manifests get, and more. */
const key = fc.oneof(
  fc.stringMatching(/^[a-z][a-zA-Z0-9./~_-]{0,20}$/),
  fc.constantFrom(
    'on',
    'y',
    '1',
    '0644',
    '1.5',
    'null',
    '~',
    '',
    '<<',
    'a: b',
    '# c',
    "it's",
    '"',
    '-',
    '- a',
    '?',
    '{',
    '[x]',
    '&a',
    '*a',
    '!t',
    '%',
    '@',
    '__proto__',
  ),
)
const { tree } = fc.letrec<{ tree: Json; leaf: Json }>((tie) => ({
  leaf: fc.oneof(
    // Its writer leaves some strings unquoted that are numbers to kubectl.
    fc.string().filter((text) => !/^[-+.]?\d.*_/.test(text)),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom('yes', '0644', '1:30', 'a\nb\n', '\n\n x', '---\na', '...'),
  ),
  tree: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
  ),
}))
const writers: Readonly<Record<string, (value: Json) => string>> = {
  block: (value) => yaml.dump(value, { lineWidth: -1 }),
  indented: (value) => yaml.dump(value, { lineWidth: 30, noArrayIndent: true, quotingType: '"', forceQuotes: true }),
  flow: (value) => yaml.dump(value, { flowLevel: 0, forceQuotes: true, lineWidth: -1 }),
  mixed: (value) => yaml.dump(value, { flowLevel: 2, forceQuotes: true, lineWidth: -1 }),
  JSON: (value) => JSON.stringify(value, null, 2),
  'JSON in a line': (value) => JSON.stringify(value),
  'carriage returns': (value) => yaml.dump(value).replaceAll('\n', '\r\n'),
}

function* pointersIn(value: Json, base = ''): Generator<[pointer: string, key: string | undefined, value: Json]> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, child] of Object.entries(value)) {
    const pointer = join(base, name)
    yield [pointer, Array.isArray(value) ? undefined : name, child]
    yield* pointersIn(child, pointer)
  }
}

t.test('whatever is written is read again, and every field is where its key is', (t) => {
  for (const [name, write] of Object.entries(writers)) {
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 5, noNullPrototype: true }), (written) => {
        const text = `# first\n---\n${name.startsWith('JSON') ? '' : '# second\n'}${write(written)}`
        const { value, positionOf } = only(text)
        if (JSON.stringify(value) !== JSON.stringify(written)) throw new Error(`read as ${JSON.stringify(value)}`)
        for (const [pointer, field, child] of pointersIn(value)) {
          const there = textAt(text, positionOf(pointer))
          if (field !== undefined) {
            const spellings = [field, JSON.stringify(field), `'${field.replaceAll("'", "''")}'`]
            if (!spellings.some((spelling) => there.startsWith(spelling)))
              throw new Error(`${pointer}: ${there.slice(0, 30)}`)
          } else if (/^\s|^$|^- /.test(there) && !(Array.isArray(child) && there.startsWith('- ')))
            throw new Error(`${pointer}: ${there.slice(0, 30)}`)
        }
      }),
      { numRuns: 300 },
    )
    t.pass(name)
  }
  t.end()
})

const manifests = [
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web, "tier": 'front'}}
spec:
  replicas: 3
  strategy:
    rollingUpdate: {maxUnavailable: 25%, maxSurge: 1}
  template:
    spec:
      # the app
      containers:
      - name: web
        image: registry.example.com:5000/web:1.2.3
        args: ["--port", "8080", --verbose, -x=y]
        command:
          - /bin/sh
          - -c
          - |
            set -e
              echo "hi: there" # not a comment

        readinessProbe: &probe
          httpGet: {path: /ready?full=1, port: http}
        livenessProbe:
          <<: *probe
          failureThreshold: 3
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
  - port: 80
    targetPort: http
`,
  `# a comment
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: b
  data:
    key.json: |-
      {"a": 1}
    folded: >+
      two
      lines

    quoted: "one
      two\\
      \\ three \\u00e9"
    single: 'it''s'
    ? explicit
    : value
    empty:
    on: 0644
`,
  `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"x":[1,2.5,-3e2,true,null,"\\u00e9\\n"]}}
{"apiVersion":"v1","kind":"Pod",
 "metadata":{"name":"b"}}`,
]
t.test('5000 broken files: never a throw, never a hang, every error and every position inside the file', (t) => {
  const seen = { documents: 0, errors: 0 }
  fc.assert(
    fc.property(brokenText(manifests), (text) => {
      const start = cpu()
      const { documents, errors } = readDocuments(text, 'f')
      const places = documents.flatMap(({ value, positionOf }) =>
        ['', '/absent', ...[...pointersIn(value)].map(([pointer]) => pointer)].map(positionOf),
      )
      if (cpu() - start > 2000) throw new Error('too slow')
      const lines = text.split('\n')
      for (const { line = 0, column = 0 } of [...places, ...errors]) {
        const length = lines[line - 1]?.length ?? -1
        if (column < 1 || column > length + 1) throw new Error(`${line}:${column} is outside`)
      }
      seen.documents += documents.length
      seen.errors += errors.length
    }),
    { numRuns: 5000 },
  )
  t.ok(seen.documents > 1000 && seen.errors > 1000, `both ways are taken: ${JSON.stringify(seen)}`)
  t.end()
})
