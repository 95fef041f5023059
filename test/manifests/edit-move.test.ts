import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { isEqual } from '../../src/kube/equal.ts'
import { applied, withParents } from '../../src/kube/patch.ts'
import { join, valueAt } from '../../src/kube/pointer.ts'
import { editYaml } from '../../src/manifests/edit-yaml.ts'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'
import type { Operation } from '../../src/model/finding.ts'
import type { Json } from '../../src/model/object.ts'
import { writeYaml } from './written-manifest.ts'

/** The text after a member has been moved, which may not be refused. */
function move(text: string, from: string, to: string, value: Json, ...more: readonly Operation[]): string {
  const [document] = readDocuments(text, '').documents
  const add = withParents(document?.value, { op: 'add', path: to, value })
  const operations: Operation[] = [{ op: 'remove', path: from }, ...add, ...more]
  const edited = editYaml(text, [{ document: 0, base: '', operations }])
  if (edited.refused.length > 0) throw new Error(`refused: ${JSON.stringify(edited.refused)}`)
  return edited.text
}

/** Removes the indentation of the first line from all, and what is before and after. */
const lines = (text: string): string => {
  const margin = /^\n( *)/.exec(text)?.[1] ?? ''
  return `${text.trim().replaceAll(`\n${margin}`, '\n')}\n`
}

const grace = '/spec/containers/0/terminationGracePeriodSeconds'
const podGrace = '/spec/terminationGracePeriodSeconds'

t.test('what is moved takes the comment at the end of its line along, and those further in', async (t) => {
  const text = lines(`
    spec:
      containers:
      - name: a # the one
        # said of grace
        terminationGracePeriodSeconds: 30  # Time to shut down

        image: a:1
      # said of restarts
      restartPolicy: Always # ever
    # the end
  `)
  const after = lines(`
    spec:
      containers:
      - name: a # the one
        # said of grace

        image: a:1
      # said of restarts
      restartPolicy: Always # ever
      terminationGracePeriodSeconds: 30  # Time to shut down
    # the end
  `)
  t.equal(move(text, grace, podGrace, 30), after)
  t.equal(move(text.replaceAll('\n', '\r\n'), grace, podGrace, 30), after.replaceAll('\n', '\r\n'), 'CRLF')
  t.equal(move(`\uFEFF${text}`, grace, podGrace, 30), `\uFEFF${after}`, 'a byte order mark')
  t.equal(
    move(text, grace, podGrace, 30, { op: 'replace', path: podGrace, value: 45 }),
    after.replace('30', '45'),
    'and may change there',
  )
  t.equal(
    move(
      lines(`
        spec:
          template:
            spec:
              strategy: # how
                # at night too
                type: RollingUpdate
                rollingUpdate: {maxSurge: 1} # more

                  # deeper
              containers: []
          replicas: 2`),
      '/spec/template/spec/strategy',
      '/spec/strategy',
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    ),
    lines(`
      spec:
        template:
          spec:
            containers: []
        replicas: 2
        strategy: # how
          # at night too
          type: RollingUpdate
          rollingUpdate: {maxSurge: 1} # more

            # deeper`),
    'a whole mapping',
  )
})

t.test('parents that are not there are written, and those left empty are', async (t) => {
  t.equal(
    move(
      lines(`
        metadata:
            name: a
        spec:
            template:
                metadata:
                    annotations: # of the pods
                        kubernetes.io/change-cause: 'v2' # why`),
      '/spec/template/metadata/annotations/kubernetes.io~1change-cause',
      '/metadata/annotations/kubernetes.io~1change-cause',
      'v2',
    ),
    lines(`
      metadata:
          name: a
          annotations:
              kubernetes.io/change-cause: 'v2' # why
      spec:
          template:
              metadata:
                  annotations: {} # of the pods`),
  )
  t.equal(
    move('spec:\n  containers:\n  - name: a\n    terminationGracePeriodSeconds: 30 # s', grace, podGrace, 30),
    'spec:\n  containers:\n  - name: a\n  terminationGracePeriodSeconds: 30 # s',
    'the last line has no end',
  )
})

t.test('a parent that would be left empty may go, and a mapping may get another name', async (t) => {
  const text = lines(`
    metadata:
      name: a
    spec:
      updateStrategy: # how
        type: RollingUpdate # always
      template:
        metadata:
          labels: {a: b}
          annotations:
            cause: v2 # why`)
  const operations: Operation[] = [
    { op: 'remove', path: '/spec/template/metadata/annotations' },
    { op: 'add', path: '/metadata/annotations', value: {} },
    { op: 'add', path: '/metadata/annotations/cause', value: 'v2' },
    { op: 'remove', path: '/spec/updateStrategy' },
    { op: 'add', path: '/spec/strategy', value: { type: 'RollingUpdate' } },
  ]
  t.same(editYaml(text, [{ document: 0, base: '', operations }]), {
    text: lines(`
      metadata:
        name: a
        annotations:
          cause: v2 # why
      spec:
        template:
          metadata:
            labels: {a: b}
        strategy: # how
          type: RollingUpdate # always`),
    refused: [],
  })
  t.equal(
    editYaml('spec:\n  minAvailable: 1 # one\n  b: 2\n', [
      {
        document: 0,
        base: '',
        operations: [
          { op: 'remove', path: '/spec/minAvailable' },
          { op: 'add', path: '/spec/maxUnavailable', value: 1 },
        ],
      },
    ]).text,
    'spec:\n  # one\n  b: 2\n  maxUnavailable: 1\n',
    'a number under another name is another thing',
  )
})

t.test('what a seed has misplaced goes where it belongs, with what its author says of it', async (t) => {
  const text = readFileSync('test/seeds/endpoint-stats/rolling-update.yaml', 'utf8')
  const cause = '    kubernetes.io/change-cause: "Updating to version 2.0.0"  # Record change reason\n'
  const grace = 'terminationGracePeriodSeconds: 30  # Time for pod to shut down gracefully'
  const pod = '/spec/template/spec'
  const operations: Operation[] = [
    { op: 'remove', path: `${pod}/containers/0/terminationGracePeriodSeconds` },
    { op: 'add', path: `${pod}/terminationGracePeriodSeconds`, value: 30 },
    { op: 'remove', path: '/spec/template/metadata/annotations' },
    { op: 'add', path: '/metadata/annotations', value: {} },
    { op: 'add', path: '/metadata/annotations/kubernetes.io~1change-cause', value: 'Updating to version 2.0.0' },
  ]
  t.same(editYaml(text, [{ document: 0, base: '', operations }]), {
    text: text
      .replace(`    metadata:\n      annotations:\n    ${cause}`, '    metadata: {}\n')
      .replace(`        ${grace}`, `      ${grace}`)
      .replace('spec:\n', `  annotations:\n${cause}spec:\n`),
    refused: [],
  })
})

t.test('where lines cannot be moved the value is, and its comment stays', async (t) => {
  t.equal(
    move('spec:\n  containers:\n  - terminationGracePeriodSeconds: 30 # s\n    name: a\n', grace, podGrace, 30),
    'spec:\n  containers:\n  - # s\n    name: a\n  terminationGracePeriodSeconds: 30\n',
    'after a dash',
  )
  t.equal(
    move('spec:\n  containers:\n  - {name: a, terminationGracePeriodSeconds: 30} # s\n', grace, podGrace, 30),
    'spec:\n  containers:\n  - {name: a} # s\n  terminationGracePeriodSeconds: 30\n',
    'in brackets',
  )
  t.equal(
    move('{"spec": {"containers": [{"name": "a", "terminationGracePeriodSeconds": 30}]}}', grace, podGrace, 30),
    '{"spec": {"containers": [{"name": "a"}], "terminationGracePeriodSeconds": 30}}',
    'JSON',
  )
  t.equal(
    move(
      'spec:\n  containers:\n  - name: a\n    "x": |\n      30\n     # s\n    b: 1\n',
      '/spec/containers/0/x',
      '/spec/x',
      '30\n',
    ),
    'spec:\n  containers:\n  - name: a\n    b: 1\n  "x": |\n    30\n   # s\n',
    'text of several lines',
  )
  const shared = 'spec:\n  containers:\n  - name: a\n    terminationGracePeriodSeconds: &g 30 # s\n  other: *g\n'
  const operations: Operation[] = [
    { op: 'remove', path: grace },
    { op: 'add', path: podGrace, value: 30 },
  ]
  t.equal(
    editYaml(shared, [{ document: 0, base: '', operations }]).refused[0]?.reason,
    'another place repeats what stands there (&g)',
  )
})

function pointersIn(value: Json, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]: [string, Json]) => [
    join(path, name),
    ...pointersIn(inner, join(path, name)),
  ])
}

t.test('whatever the style, what is moved is all that changes, and every comment is still there', async (t) => {
  let whole = 0
  const property = fc.property(fc.gen(), (g) => {
    const { text, comments } = writeYaml(g)
    const value = readDocuments(text, '').documents[0]!.value
    const isMapping = (path: string) => {
      const at = valueAt(value, path)
      return typeof at === 'object' && at !== null && !Array.isArray(at)
    }
    const members = pointersIn(value).filter((path) => isMapping(path.slice(0, path.lastIndexOf('/'))))
    const from = g(fc.constantFrom<string[]>, ...members)
    const name = from.slice(from.lastIndexOf('/'))
    const parents = ['', ...pointersIn(value)].filter(
      (path) => isMapping(path) && !path.startsWith(from) && valueAt(value, path + name) === undefined,
    )
    if (parents.length === 0) return
    const to = `${g(fc.constantFrom<string[]>, ...parents)}${g(fc.constantFrom<string[]>, '', '', '/fresh')}${name}`
    const moved = valueAt(value, from) as Json
    const after = move(text, from, to, moved)
    const wanted = applied(applied(value, { op: 'remove', path: from }), { op: 'add', path: to, value: moved })
    const lost = comments.filter((mark) => after.split(mark).length !== 2)
    if (lost.length > 0 || !isEqual(readDocuments(after, '').documents[0]?.value, wanted))
      throw new Error(`${from} to ${to}; lost: ${lost.join(' ')}\n--- before\n${text}\n--- after\n${after}`)
    const of = (some: string) =>
      some
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter(Boolean)
        .sort()
    const missing = of(text).filter((line) => !of(after).includes(line))
    if (missing.length === 0) whole++
  })
  fc.assert(property, { numRuns: 500 })
  t.ok(whole > 50, `lines were moved as they are ${whole} times`)
})

t.test('what is put into a list is no move, wherever it came from', (t) => {
  const take: Operation = { op: 'remove', path: '/b' }
  for (const path of ['/list/-', '/list/0']) {
    const operations: Operation[] = [take, { op: 'add', path, value: { x: 1 } }]
    const edited = editYaml('list: []\nb:\n  x: 1 # why\n', [{ document: 0, base: '', operations }])
    t.strictSame(edited, { text: 'list:\n- x: 1\n# why\n', refused: [] }, path)
  }
  t.end()
})
