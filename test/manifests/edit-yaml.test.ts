import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join as joinPath } from 'node:path'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import t from 'tap'
import { isEqual } from '../../src/kube/equal.ts'
import { join, valueAt } from '../../src/kube/pointer.ts'
import { type Edit, editYaml } from '../../src/manifests/edit-yaml.ts'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'
import { unifiedDiff } from '../../src/manifests/unified-diff.ts'
import type { Operation } from '../../src/model/finding.ts'
import type { Json, JsonPointer } from '../../src/model/object.ts'
import { type WrittenManifest, writeJson, writeYaml } from './written-manifest.ts'

const add = (path: JsonPointer, value: Json): Operation => ({ op: 'add', path, value })
const replace = (path: JsonPointer, value: Json): Operation => ({ op: 'replace', path, value })
const remove = (path: JsonPointer): Operation => ({ op: 'remove', path })

/** The text after a patch of its first document, of which nothing may be refused. */
function edit(text: string, ...operations: readonly Operation[]): string {
  const edited = editYaml(text, [{ document: 0, base: '', operations }])
  if (edited.refused.length > 0) throw new Error(`refused: ${JSON.stringify(edited.refused)}`)
  return edited.text
}

/** Removes the indentation of the first line from all, and what is before and after. */
const lines = (text: string): string => {
  const margin = /^\n( *)/.exec(text)?.[1]?.length ?? 0
  return (
    text
      .replace(/^\n/, '')
      .replaceAll(new RegExp(`^ {${margin}}`, 'gm'), '')
      .trimEnd() + '\n'
  )
}

const CAUSE = '/metadata/annotations/kubernetes.io~1change-cause'

t.test('the fixes of a Deployment go where its author would have put them', async (t) => {
  const text = lines(`
    # Shop front. Do not scale by hand.
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web   # the public name
      annotations: {}   # none yet
      labels: { app: web, 'tier': "front" }

    spec:
      replicas: 3
      strategy:   # TODO: decide
        # RollingUpdate would be fine

      selector: {matchLabels: {app: web}}
      template:
        metadata:
          labels: { app: web, 'tier': "front" }
        spec:
          containers:
          - name: app     # the only one
            image: 'shop/web:1.4.2'
            command: ["sh", "-c"]
            args:
            - |
              # not a comment
              exec web

            # probes: ask the team
          # sidecars below
          - image: proxy
            name: proxy

          terminationGracePeriodSeconds: 30 # seconds
    # end of the Deployment
  `)
  const operations = [
    add(CAUSE, 'image app: 1.4.1 -> 1.4.2 by alice (kubectl-set)'),
    add('/spec/strategy', {}),
    add('/spec/strategy/type', 'RollingUpdate'),
    add('/spec/strategy/rollingUpdate', {}),
    add('/spec/strategy/rollingUpdate/maxSurge', 1),
    add('/spec/strategy/rollingUpdate/maxUnavailable', 0),
    replace('/spec/template/spec/terminationGracePeriodSeconds', 45),
    ...[0, 1].map((i) => add(`/spec/template/spec/containers/${i}/lifecycle`, { preStop: { sleep: { seconds: 10 } } })),
    add('/spec/template/metadata/labels/version', '1.10'),
    add('/spec/revisionHistoryLimit', 10),
  ]
  const edited = edit(text, ...operations)
  t.equal(
    edited,
    lines(`
    # Shop front. Do not scale by hand.
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web   # the public name
      annotations:   # none yet
        kubernetes.io/change-cause: "image app: 1.4.1 -> 1.4.2 by alice (kubectl-set)"
      labels: { app: web, 'tier': "front" }

    spec:
      replicas: 3
      strategy:   # TODO: decide
        # RollingUpdate would be fine
        type: RollingUpdate
        rollingUpdate:
          maxSurge: 1
          maxUnavailable: 0

      selector: {matchLabels: {app: web}}
      template:
        metadata:
          labels: { app: web, 'tier': "front", version: "1.10" }
        spec:
          containers:
          - name: app     # the only one
            image: 'shop/web:1.4.2'
            command: ["sh", "-c"]
            args:
            - |
              # not a comment
              exec web
            lifecycle:
              preStop:
                sleep:
                  seconds: 10

            # probes: ask the team
          # sidecars below
          - image: proxy
            name: proxy
            lifecycle:
              preStop:
                sleep:
                  seconds: 10

          terminationGracePeriodSeconds: 45 # seconds
      revisionHistoryLimit: 10
    # end of the Deployment
    `),
  )
  t.equal(edit(edited, ...operations.slice(0, 1), ...operations.slice(2, 3), ...operations.slice(6)), edited)
})

t.test('what is inserted is indented as its surroundings are', async (t) => {
  const hook = { preStop: { exec: { command: ['sleep', '5'] } } }
  t.equal(
    edit('spec:\n    containers:\n        - name: a\n', add('/spec/containers/0/lifecycle', hook)),
    lines(`
    spec:
        containers:
            - name: a
              lifecycle:
                  preStop:
                      exec:
                          command:
                              - sleep
                              - "5"
    `),
    'four spaces, dashes further in',
  )
  t.equal(
    edit('spec:\n  containers:\n  - name: a\n', add('/spec/containers/0/lifecycle', hook)),
    lines(`
    spec:
      containers:
      - name: a
        lifecycle:
          preStop:
            exec:
              command:
              - sleep
              - "5"
    `),
    'two spaces, dashes under their key',
  )
  t.equal(edit('-   a: 1\n', add('/0/b', { c: 2 })), '-   a: 1\n    b:\n      c: 2\n', 'wide dashes')
  t.equal(edit('- - a: 1\n', add('/0/0/b', 2), add('/0/-', 'x')), '- - a: 1\n    b: 2\n  - x\n', 'lists in lists')
})

t.test('JSON stays JSON, in the style that it has', async (t) => {
  const value = { kind: 'Deployment', metadata: { annotations: {} }, spec: { replicas: 1, strategy: null } }
  const operations = [add(CAUSE, 'yes'), add('/spec/strategy/rollingUpdate', { maxSurge: 1 }), remove('/spec/replicas')]
  const wanted = JSON.parse(
    '{"kind":"Deployment","metadata":{"annotations":{"kubernetes.io/change-cause":"yes"}},"spec":{"strategy":{"rollingUpdate":{"maxSurge":1}}}}',
  ) as Json
  for (const indent of [2, 4, '\t', undefined]) {
    const text = JSON.stringify(value, null, indent)
    t.equal(edit(text, ...operations), JSON.stringify(wanted, null, indent), `indented with ${JSON.stringify(indent)}`)
    t.equal(edit(`${text}\n`, ...operations), `${JSON.stringify(wanted, null, indent)}\n`)
  }
  t.equal(
    edit('{"a": {"b": 1}, "c": []}', add('/a/d', [1, 'x']), add('/c/-', {})),
    '{"a": {"b": 1, "d": [1, "x"]}, "c": [{}]}',
  )
  t.equal(edit('{"a":1}\n{"b":2}\n', add('/c', 3)), '{"a":1,"c":3}\n{"b":2}\n', 'the first of two values')
})

t.test('in brackets names and strings are quoted as their neighbours are', async (t) => {
  t.equal(edit('a: {b: 1}\n', add('/a/c', { d: 'yes' })), 'a: {b: 1, c: {d: "yes"}}\n')
  t.equal(edit('a: { b: 1 }\n', add('/a/c', { d: 'x' })), 'a: { b: 1, c: { d: x } }\n')
  t.equal(edit('a: {"b": 1}\n', add('/a/c', 'x')), 'a: {"b": 1, "c": "x"}\n')
  t.equal(edit('a: ["x"]\nb: [x]\n', add('/a/-', 'z'), add('/b/-', 'z')), 'a: ["x", "z"]\nb: [x, z]\n')
  t.equal(
    edit('a: [http, b]\n', add('/a/-', 'c?d'), add('/a/-', ':e')),
    'a: [http, b, "c?d", ":e"]\n',
    'as kubectl wants',
  )
  t.equal(edit('a: [b, c]\n', add('/a/0', 'x'), remove('/a/2')), 'a: [x, b]\n')
  t.equal(
    edit('a: {\n  b: 1, # one\n  c: 2, # two\n}\n', add('/a/d', 3), remove('/a/b')),
    'a: {\n   # one\n  c: 2, # two\n  d: 3,\n}\n',
    'comments and a comma at the end',
  )
  t.equal(edit('a: {\n  b: 1 # one\n}\n', add('/a/c', 2)), 'a: {\n  b: 1, # one\n  c: 2\n}\n')
})

t.test('nothing, null and empty brackets become blocks outside of brackets', async (t) => {
  for (const nothing of ['', ' ~', ' null', ' {}', ' {  }'])
    t.equal(edit(`a:${nothing}  # why\nc: 1\n`, add('/a', { b: 2 })), `a:  # why\n  b: 2\nc: 1\n`, `a:${nothing}`)
  t.equal(edit('a:\n  # why\nc: 1\n', add('/a', ['x'])), 'a:\n  # why\n- x\nc: 1\n')
  t.equal(edit('a:\n', add('/a/b', 1)), 'a:\n  b: 1\n', 'a null on the way counts as an empty object')
  t.equal(edit('a:\n-\n- b\n', replace('/a/0', { c: 1, d: 2 })), 'a:\n- c: 1\n  d: 2\n- b\n')
  t.equal(edit('a:\n- {} # why\n', replace('/a/0', { c: 1 })), 'a:\n- # why\n  c: 1\n')
  t.equal(edit('a: {} # why', add('/a/b', 1)), 'a: # why\n  b: 1', 'on a last line without an end')
})

t.test('line breaks, marks and other documents stay', async (t) => {
  t.equal(
    edit('a: 1\r\nb:\r\n  c: 1\r\n', add('/b/d', { e: 1 })),
    'a: 1\r\nb:\r\n  c: 1\r\n  d:\r\n    e: 1\r\n',
    'CRLF',
  )
  t.equal(edit('\uFEFFa: 1\n', add('/b', 1)), '\uFEFFa: 1\nb: 1\n', 'a byte order mark')
  t.equal(edit('\uFEFF{"a": 1}', add('/b', 1)), '\uFEFF{"a": 1, "b": 1}', 'a byte order mark before JSON')
  t.equal(edit('# top\n---\na: 1\n...\n', add('/b', 1)), '# top\n---\na: 1\nb: 1\n...\n')
  t.equal(edit('a: 1\nb: 2', remove('/b'), add('/c', 'x\ny')), 'a: 1\nc: |-\n  x\n  y', 'no last line break')
  t.equal(edit('a: |\n  x', add('/b', 1)), 'a: |\n  x\nb: 1', 'no last line break after a block scalar')

  const text = '# one\na: 1\n---\n# nothing\n---\na: 2 # two\n--- # three\nitems:\n- a: 3\n- a: 4\n---\n{{ broken\n'
  const edits: Edit[] = [
    { document: 2, base: '/items/1', operations: [replace('/a', 5)] },
    { document: 1, base: '', operations: [add('/b', 1)] },
    { document: 2, base: '/items/0', operations: [add('/b', 1)] },
  ]
  t.same(editYaml(text, edits), {
    text: '# one\na: 1\n---\n# nothing\n---\na: 2 # two\nb: 1\n--- # three\nitems:\n- a: 3\n  b: 1\n- a: 5\n---\n{{ broken\n',
    refused: [],
  })
})

t.test('a value that is replaced keeps its quotes and its comments', async (t) => {
  t.equal(edit("a: '25%' # why\n", replace('/a', '0%')), "a: '0%' # why\n")
  t.equal(edit('a: "x"\n', replace('/a', 'z')), 'a: "z"\n')
  t.equal(edit('a: 25% # why\n', replace('/a', 0)), 'a: 0 # why\n')
  t.equal(edit('a: | # why\n  x\n\nb: 1\n', replace('/a', 'z')), 'a: z # why\n\nb: 1\n')
  t.equal(edit('a:\n  # why\n  25%\n', replace('/a', 0)), 'a:\n  # why\n  0\n')
  t.equal(edit('a:\n  b: 1 # one\n  # two\n  c: 2\n', replace('/a', 5)), 'a: 5\n  # one\n  # two\n')
  t.equal(edit('a: 5 # five\n', replace('/a', { b: 1 })), 'a: # five\n  b: 1\n')
  t.equal(edit('a:\n- 1 # one\n', replace('/a', { b: 1 })), 'a:\n  b: 1\n# one\n')
  t.equal(
    edit('a: 0o17\nb: yes\n', replace('/a', 15), add('/b', true)),
    'a: 0o17\nb: yes\n',
    'the same value is left alone',
  )
})

t.test('what is removed takes its lines along and leaves the comments', async (t) => {
  t.equal(edit('a: 1\n# about b\nb: 2 # two\n\nc: 3\n', remove('/b')), 'a: 1\n# about b\n# two\n\nc: 3\n')
  t.equal(edit('l:\n- a: 1\n  b: 2\n- c: 3\n', remove('/l/0/a')), 'l:\n- b: 2\n- c: 3\n')
  t.equal(edit('l:\n- a: 1 # one\n  b: 2\n', remove('/l/0/a')), 'l:\n- # one\n  b: 2\n')
  t.equal(edit('l:\n- a: 1\n  # about b\n  b: 2\n', remove('/l/0/a')), 'l:\n-\n  # about b\n  b: 2\n')
  t.equal(edit('a:\n  b:\n    c: 1 # one\nd: 2\n', remove('/a/b/c')), 'a:\n  b: {}\n    # one\nd: 2\n')
  t.equal(edit('l:\n- 1\n- 2\n', remove('/l/1'), remove('/l/0')), 'l: []\n')
  t.equal(
    edit('a: |\n  text\nb:\n  # deep\n  c: 1\n    # deeper\nd: 1\n', remove('/b')),
    'a: |\n  text\n# deep\n# deeper\nd: 1\n',
    'a comment does not become part of the text above',
  )
  t.equal(edit('a: |+\n  text\nb: 1\n\nc: 1\n', remove('/b')), 'a: |+\n  text\nc: 1\n', 'nor does a blank line')
  t.equal(edit('a: |+\n  text\n\nb: 1', remove('/b')), 'a: |+\n  text\n\n', 'nor does it lose its last one')
})

t.test('a string is quoted if YAML 1.1, YAML 1.2 or kubectl would read it as something else', async (t) => {
  const quoted = [
    ...['yes', 'n', 'off', 'True', 'null', '~', '', '0', '-1', '012', '0o17', '08', '0x1F', '1_000', '1e3', '.5', '1.'],
    ...[
      '.inf',
      '1:30',
      '2027-01-31',
      '<<',
      '- a',
      '? a',
      ': a',
      'a: b',
      'a:',
      'a #b',
      '#a',
      '*a',
      '&a',
      '!a',
      '%a',
      '@a',
    ],
    ...['`a', '|', '>', '{a', '[a', '}', ' a', 'a ', "'a", ',a', '-'],
  ]
  for (const string of quoted) {
    const edited = edit('a: 1\n', add('/b', string))
    t.match(edited, /^a: 1\nb: ["'].*["']\n$/, `${JSON.stringify(string)} is quoted`)
    t.same(read(edited), { a: 1, b: string })
  }
  for (const string of [
    'web',
    '25%',
    '100m',
    '1.2.3',
    'http://x/?a=b',
    "it's",
    '/bin/sh',
    'a-b_c',
    '10s',
    'nginx:1.27',
    'é',
    '-c',
  ])
    t.equal(edit('a: 1\n', add('/b', string)), `a: 1\nb: ${string}\n`)
  t.equal(edit('a: 1\n', add('/yes', 1), add('/80_80', 1)), 'a: 1\n"yes": 1\n"80_80": 1\n', 'names too')
  t.equal(edit('a:\n  b: 1\n', add('/a/c', 'x\n  y\n')), 'a:\n  b: 1\n  c: |\n    x\n      y\n', 'lines as a block')
})

t.test('what cannot be changed where it stands is refused, and the rest is done', async (t) => {
  const refusal = (text: string, ...operations: Operation[]): unknown => {
    const { text: edited, refused } = editYaml(text, [
      { document: 0, base: '', operations: [...operations, add('/rest', 1)] },
    ])
    t.equal(edited, text.replace(/\n?$/, '\nrest: 1\n'), 'the rest is done, and nothing else')
    return refused.map(({ document, path, reason }) => `${document} ${path} ${reason}`)
  }
  t.same(refusal('a: &x {b: 1}\nc: *x\n', add('/c/d', 1), replace('/c', 2), remove('/a/b')), [
    '0 /c/d what stands there repeats another place (*x)',
    '0 /c what stands there repeats another place (*x)',
    '0 /a/b another place repeats what stands there (&x)',
  ])
  t.same(refusal('a: &x {b: 1}\nc: {d: [*x]}\n', remove('/a'), replace('/c/d', [])), [
    '0 /a another place repeats what stands there (&x)',
    '0 /c/d what stands there repeats another place (*x)',
  ])
  t.same(
    refusal('x: &x {b: 1}\nc: {<<: *x, e: 1}\nf: {b: 1, <<: *x}\n', add('/c/b', 2), remove('/c'), replace('/f/b', 2)),
    [
      '0 /c/b some of the fields there come from elsewhere (<<)',
      '0 /c some of the fields there come from elsewhere (<<)',
      '0 /f/b some of the fields there come from elsewhere (<<)',
    ],
  )
  t.same(refusal('a: !!str 1\n', replace('/a', 'x')), ['0 /a a tag (tag:yaml.org,2002:str) says what stands there'])
  t.same(
    refusal('a: {b: 1}\nl: [1]\n', add('/x/y', 1), replace('/z', 1), remove('/a/c'), add('/a/b/c', 1), add('/l/3', 1)),
    ['/x/y', '/z', '/a/c', '/a/b/c', '/l/3'].map((path) => `0 ${path} the document has no such place`),
  )
  t.equal(
    edit('a: &x {b: 1}\nc: &y\n  d: {<<: *x, e: 1}\n', replace('/c/d/e', 2)),
    'a: &x {b: 1}\nc: &y\n  d: {<<: *x, e: 2}\n',
  )
})

t.test('a document that cannot be read or written safely is left as it is', async (t) => {
  const refusal = (text: string, document: number, base = ''): unknown => {
    const { text: edited, refused } = editYaml(text, [{ document, base, operations: [add('/b', 1)] }])
    t.equal(edited, text)
    return refused
  }
  t.same(refusal('a: {{ .Values.a }}\n', 0), [
    { document: 0, path: '/b', reason: 'it is a Helm template: change it there by hand' },
  ])
  t.same(refusal('a: [\n', 0), [{ document: 0, path: '/b', reason: 'the document cannot be read' }])
  t.same(refusal('a: 1\n', 3, '/items/0'), [{ document: 3, path: '/items/0/b', reason: 'the document cannot be read' }])
  // js-yaml takes this for a comment, the `yaml` package does not.
  t.same(refusal('a: [# why\n  1]\n', 0), [
    { document: 0, path: '/b', reason: 'the document is written in a way that cannot be changed in place' },
  ])
  // An empty key to the `yaml` package, none to js-yaml.
  t.same(refusal('a:\n? \n? c\n', 0), [
    { document: 0, path: '/b', reason: 'the document is written in a way that cannot be changed in place' },
  ])
  // U+0085 may only stand there escaped.
  t.same(editYaml('a: 1\n', [{ document: 0, base: '', operations: [add('/b', '\u0085')] }]).text, 'a: 1\n')
})

t.test('names that mean something to JavaScript are names', async (t) => {
  const edited = edit('a: 1\n', add('/__proto__', { x: 1 }), add('/__proto__/y', 2), add('/constructor', 3))
  t.equal(edited, 'a: 1\n__proto__:\n  x: 1\n  "y": 2\nconstructor: 3\n')
  t.same(editYaml('a: 1\n', [{ document: 0, base: '', operations: [remove('/toString')] }]).refused.length, 1)
})

t.test('the diff applies with git', async (t) => {
  const directory = t.testdir()
  const git = (...args: string[]): void => {
    // Within a repository git would leave out what is not in it.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(directory) }
    execFileSync('git', args, { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] })
  }
  const long = Array.from({ length: 40 }, (_, i) => `k${i}: ${i} # ${i}\n`).join('')
  const texts = ['a: 1\n', 'a: 1', 'a: 1\r\nb: 2\r\n', '\uFEFFa: 1\n', '{"a":1}', long, `${long}l: [1]`, 'é: "ü"\n']
  const files = ['a.yaml', './k8s/b.yaml', 'with space/c d.yaml', 'grün.yaml', `quote".yaml`]
  for (const file of files)
    for (const text of texts) {
      const edited = edit(
        text,
        add('/new', { x: 'é' }),
        ...(text.includes('k9') ? [remove('/k3'), replace('/k30', 0)] : []),
      )
      const diff = unifiedDiff(text, edited, file)
      const path = joinPath(directory, file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
      writeFileSync(joinPath(directory, 'fix.diff'), diff)
      git('apply', '--check', 'fix.diff')
      git('apply', 'fix.diff')
      t.equal(readFileSync(path, 'utf8'), edited, `${file}: ${JSON.stringify(text.slice(0, 20))}`)
    }
  t.equal(
    unifiedDiff('a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n', 'a: 1\nb: 2\nc: 3\nd: 5\ne: 5\n', '/k8s/web.yaml'),
    '--- a/k8s/web.yaml\n+++ b/k8s/web.yaml\n@@ -1,5 +1,5 @@\n a: 1\n b: 2\n c: 3\n-d: 4\n+d: 5\n e: 5\n',
  )
  t.equal(unifiedDiff('a: 1\n', 'a: 1\n', 'x.yaml'), '', 'no change, no diff')
})

const NEW_NAMES = ['fresh', 'maxSurge', 'kubernetes.io/change-cause', 'n', '12', 'a: b', '- x', '<<', 'constructor']
const NEW_VALUES: readonly Json[] = [
  ...[0, 1, -2.5, true, null, {}, [], 'web', 'yes', '0', '1e3', '0o17', '012', '~', '', '25%', '1:30', '2027-01-31'],
  ...[
    '- a',
    'a: b',
    'a #b',
    '#x',
    "it's",
    'say "hi"',
    '{{ x }}',
    '*a',
    '? a',
    '-',
    ',a',
    'a,b',
    'http://x/?a=b',
    'é😀',
  ],
  ...['a\nb', 'a\nb\n', '\na', '  a\nb', 'a\n\n', ' a', 'a ', 'tab\there', '---', '...', '<<', '--- a\n--- b\n'],
  { sleep: { seconds: 10 } },
  { exec: { command: ['sh', '-c', 'sleep 10'] } },
  { items: [{ name: 'a', ports: [{ containerPort: 80 }] }, [], {}, [['x']]], y: 'no' },
  ['a', { b: 1 }],
  { text: 'first\n  second\n', more: [['a\nb']] },
]

function read(text: string): Json {
  const { documents, errors } = readDocuments(text, 'file.yaml')
  if (errors.length > 0 || documents.length !== 1) throw new Error(`${JSON.stringify(errors)} in\n${text}`)
  return documents[0]!.value
}

function apply(value: Json, operations: readonly Operation[]): Json {
  return operations.reduce<Json>(
    (so, one) => jsonPatch.applyOperation(structuredClone(so), structuredClone(one), true).newDocument,
    value,
  )
}

function pointersIn(value: Json, path: JsonPointer = ''): JsonPointer[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]: [string, Json]) => {
    const at = join(path, name)
    return [at, ...pointersIn(inner, at)]
  })
}

function someOperation(g: fc.GeneratorValue, value: Json): Operation {
  const one = <T>(options: readonly T[]): T => g(fc.constantFrom<T[]>, ...options)
  const all = pointersIn(value)
  const kind = all.length === 0 ? 'add' : one(['add', 'add', 'replace', 'remove'])
  if (kind === 'remove') return remove(one(all))
  if (kind === 'replace') return replace(one(all), one(NEW_VALUES))
  const parent = one(['', ...all].filter((path) => typeof (valueAt(value, path) ?? 0) === 'object'))
  const into = valueAt(value, parent) as object
  const names = Array.isArray(into) ? [...Object.keys(into), '-'] : [...NEW_NAMES, ...Object.keys(into)]
  return add(join(parent, one(names)), one(NEW_VALUES))
}

/** The lines that an operation may change: the part's own, and around it those with a comma, a dash or the key of an empty parent. */
function touchedLines({ text, spans, inBrackets }: WrittenManifest, path: JsonPointer): Set<number> {
  const parentOf = (of: JsonPointer): JsonPointer => of.slice(0, of.lastIndexOf('/'))
  const siblings = [...spans.keys()].filter((other) => other !== '' && parentOf(other) === parentOf(path))
  const at = siblings.indexOf(path)
  const [before, after] = at === -1 ? [siblings.at(-1)] : [siblings[at - 1], siblings[at + 1]]
  const spanOf = (of: JsonPointer | undefined): readonly [number, number] | undefined =>
    of === undefined ? of : spans.get(of)
  const own = spanOf(path)
  const afterwards = spanOf(after)
  const isBracketed = siblings.some((other) => inBrackets.has(other))
  const isOnly = siblings.every((other) => other === path)
  const touched = [
    own,
    isOnly ? (spans.get(parentOf(path)) ?? [0, text.length]) : undefined,
    isBracketed ? spanOf(before) : undefined,
    isBracketed ? afterwards : own && afterwards && ([afterwards[0], afterwards[0]] as const),
  ]
  const range = ([first, last]: readonly [number, number]): number[] =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i)
  return new Set(touched.flatMap((span) => (span ? range(span as [number, number]) : [])))
}

/** What would become part of a block scalar above has to change: the indentation of a comment, blank lines after `|+`. */
function comparable(some: readonly string[], text: string): string[] {
  return some
    .map((line) => line.replace(/\r$/, '').replace(/^ +#/, '#'))
    .filter((line) => line !== '' || !/[|>]\+/.test(text))
}

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0
  return part.every((line) => (at = whole.indexOf(line, at) + 1) > 0)
}

/** Of equal items one is as good as the other. */
function hasTwins(value: Json, path: JsonPointer): boolean {
  const parent = valueAt(value, path.slice(0, path.lastIndexOf('/')))
  return Array.isArray(parent) && parent.some((item, i) => parent.some((other, k) => k > i && isEqual(item, other)))
}

/** What is wrong with the edit of a manifest, if anything. */
function problem(
  manifest: WrittenManifest,
  operations: readonly Operation[],
  edited: ReturnType<typeof editYaml>,
): string | undefined {
  const { text, comments } = manifest
  const before = read(text)
  const after = edited.text
  if (edited.refused.length > 0) return 'something is refused'
  if (!isEqual(read(after), apply(before, operations))) return 'it reads as another value'
  const lost = comments.find((mark) => after.split(mark).length !== 2)
  if (lost !== undefined) return `the comment ${lost} is lost`
  if (text.includes('\r\n') && /[^\r]\n/.test(after)) return 'a line ends in LF in a text with CRLF'
  if (!text.includes('\r') && after.includes('\r')) return 'a line ends in CRLF in a text with LF'
  const last = operations.at(-1)
  if (
    last &&
    last.op !== 'remove' &&
    !Array.isArray(valueAt(read(after), last.path.slice(0, last.path.lastIndexOf('/'))))
  )
    if (edit(after, last) !== after) return 'the last operation done again changes something'
  const [only, another] = operations
  if (only === undefined || another !== undefined || hasTwins(before, only.path)) return undefined
  const touched = touchedLines(manifest, only.path)
  const untouched = text.split('\n').filter((_, i) => !touched.has(i))
  return isSubsequence(comparable(untouched, text), comparable(after.split('\n'), text))
    ? undefined
    : 'another line differs'
}

t.test(
  'whatever the style, the text reads as the patched value, with all comments and the other lines as they were',
  async (t) => {
    const styles = { YAML: writeYaml, JSON: (g: fc.GeneratorValue) => writeJson(g, read(writeYaml(g).text)) }
    for (const [name, write] of Object.entries(styles))
      for (const count of [1, 4])
        t.test(`${name}, operations: ${count}`, async () => {
          const property = fc.property(fc.gen(), (g) => {
            const manifest = write(g)
            const operations: Operation[] = []
            for (let i = 0; i < count; i++) operations.push(someOperation(g, apply(read(manifest.text), operations)))
            const edited = editYaml(manifest.text, [{ document: 0, base: '', operations }])
            const wrong = problem(manifest, operations, edited)
            if (wrong !== undefined)
              throw new Error(
                `${wrong}\n${JSON.stringify(operations)}\n--- before\n${manifest.text}\n--- after\n${edited.text}`,
              )
          })
          fc.assert(property, { numRuns: 300 })
        })
  },
)

t.test('only the document that is meant changes, and in a List only the item', async () => {
  const inner = (text: string): string => text.replace(/^---/, '# ---').replace(/\r?\n?(?:\.\.\.\r?\n)?$/, '\n')
  const property = fc.property(fc.gen(), (g) => {
    const [one, other] = [inner(writeYaml(g).text), inner(writeYaml(g).text)]
    const operation = someOperation(g, read(other))
    const text = `---\n${one}---\n${other}---\n${one}`
    const edited = editYaml(text, [{ document: 1, base: '', operations: [operation] }])
    if (edited.text !== `---\n${one}---\n${edit(other, operation)}---\n${one}`)
      throw new Error(`${JSON.stringify(operation)}\n${text}\n${edited.text}`)

    const [head, tail] = ['kind: List\nitems:\n- a: 1 # one\n-', '\n- a: 2 # two\n']
    const list = `${head}\n${other.replaceAll(/^(?=.*\S)/gm, '    ')}${tail}`
    const inList = editYaml(list, [{ document: 0, base: '/items/1', operations: [operation] }])
    const wanted = apply(read(list), [{ ...operation, path: `/items/1${operation.path}` }])
    const isRight = inList.refused.length === 0 && isEqual(read(inList.text), wanted)
    if (!isRight || !inList.text.startsWith(head) || !inList.text.endsWith(tail))
      throw new Error(`${JSON.stringify(operation)}\n${list}\n${inList.text}`)
  })
  fc.assert(property, { numRuns: 150 })
})
