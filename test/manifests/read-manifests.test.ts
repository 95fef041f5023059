import { execFileSync, spawn } from 'node:child_process'
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { type ReadManifests, readManifests } from '../../src/manifests/read-manifests.ts'

const object = (name: string, kind = 'ConfigMap'): string =>
  `apiVersion: v1\nkind: ${kind}\nmetadata: {name: ${name}}\n`

const names = ({ manifests }: ReadManifests): unknown[] => manifests.map(({ object }) => object.metadata.name)
const places = ({ manifests }: ReadManifests): string[] =>
  manifests.map(
    ({ object, source }) =>
      `${String(object.metadata.name)} ${source.file} #${source.document}${source.base} :${source.line}`,
  )
const complaints = ({ errors }: ReadManifests): string[] =>
  errors.map(({ code, file, line, column, message }) => `${code} ${file}:${line ?? ''}:${column ?? ''} ${message}`)

/** Paths are relative to the directory, as on a command line. */
async function read(t: Test, files: Parameters<Test['testdir']>[0], ...paths: string[]): Promise<ReadManifests> {
  const directory = t.testdir(files)
  const { manifests, errors, unrendered, ...counts } = await readManifests(paths.map((path) => join(directory, path)))
  const relative = <T extends { readonly file: string }>(place: T): T => ({
    ...place,
    file: place.file.replace(`${directory}/`, ''),
  })
  return {
    manifests: manifests.map((manifest) => ({
      ...manifest,
      source: relative(manifest.source),
      positionOf: (pointer) => relative(manifest.positionOf(pointer)),
    })),
    errors: errors.map(relative),
    unrendered: unrendered.map((one) => ({ ...one, directory: one.directory.replace(`${directory}/`, '') })),
    ...counts,
  }
}

t.test('a directory gives its *.yaml, *.yml and *.json by name, folder by folder', async (t) => {
  const result = await read(
    t,
    {
      k8s: {
        'b.yaml': object('b'),
        'a.yml': object('a'),
        'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'c' } }),
        'b-1': { 'z.yaml': object('z') },
        b: { 'y.yaml': object('why') },
        'notes.txt': 'a: [',
        'README.md': '# no yaml',
        '.hidden.yaml': 'a: [',
        '.git': { 'x.yaml': 'a: [' },
        node_modules: { pkg: { 'x.yaml': 'a: [' } },
        'Upper.yaml': object('upper'),
      },
    },
    'k8s',
  )
  t.strictSame(places(result), [
    'upper k8s/Upper.yaml #0 :1',
    'a k8s/a.yml #0 :1',
    'why k8s/b/y.yaml #0 :1',
    'z k8s/b-1/z.yaml #0 :1',
    'b k8s/b.yaml #0 :1',
    'c k8s/c.json #0 :1',
  ])
  t.strictSame(result.errors, [])
})

t.test('files are read whatever they are called, in the order given, each of them once', async (t) => {
  const files = {
    'web.txt': object('web'),
    dir: { 'a.yaml': object('a'), 'b.yaml': object('b') },
    '.hidden': { 'h.yaml': object('h') },
  }
  const result = await read(t, files, 'web.txt', 'dir/b.yaml', 'dir', 'dir/../dir/a.yaml', 'web.txt', '.hidden')
  t.strictSame(names(result), ['web', 'b', 'a', 'h'])
})

t.test('links are followed, but not in circles', async (t) => {
  const directory = t.testdir({ tree: { a: { 'a.yaml': object('a') } }, real: { 'r.yaml': object('r') } })
  symlinkSync('..', join(directory, 'tree/a/up'))
  symlinkSync('../real', join(directory, 'tree/linked'))
  symlinkSync('../real/r.yaml', join(directory, 'tree/z.yaml'))
  symlinkSync('nowhere', join(directory, 'tree/broken'))
  symlinkSync('nowhere', join(directory, 'tree/broken.yaml'))
  symlinkSync('self.yaml', join(directory, 'tree/self.yaml'))
  const result = await readManifests([join(directory, 'tree')])
  t.strictSame(names(result), ['a', 'r'])
  t.match(complaints(result), [
    /^EVENKEEL_FILE_UNREADABLE .*\/tree\/broken.yaml:: does not exist$/,
    /^EVENKEEL_FILE_UNREADABLE .*\/tree\/self.yaml:: is a loop of symbolic links$/,
  ])
  t.equal(result.errors.length, 2)
})

t.test('what cannot be read is an error with its name, and the rest is read', async (t) => {
  const directory = t.testdir({
    'good.yaml': object('good'),
    'bad.yaml': `${object('one')}---\na: b: c\n---\n${object('three')}`,
    empty: { 'x.txt': '' },
    'huge.yaml': '',
  })
  truncateSync(join(directory, 'huge.yaml'), 64 * 1024 * 1024 + 1)
  writeFileSync(join(directory, 'binary.yaml'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x00]))
  writeFileSync(join(directory, 'latin1.yaml'), Buffer.from(object('caf\u00e9'), 'latin1'))
  const paths = [
    'missing.yaml',
    'empty',
    'huge.yaml',
    'binary.yaml',
    'latin1.yaml',
    'good.yaml/x',
    'bad.yaml',
    'good.yaml',
    'x'.repeat(300),
  ]
  const result = await readManifests(paths.map((path) => join(directory, path)))
  t.strictSame(names(result), ['one', 'three', 'good'])
  t.match(
    complaints(result).map((text) => text.replaceAll(`${directory}/`, '')),
    [
      'EVENKEEL_FILE_UNREADABLE missing.yaml:: does not exist',
      'EVENKEEL_DIRECTORY_EMPTY empty:: holds no *.yaml, *.yml or *.json',
      'EVENKEEL_FILE_UNREADABLE huge.yaml:: is larger than 64 MiB',
      'EVENKEEL_FILE_UNREADABLE binary.yaml:: is not text in UTF-8',
      'EVENKEEL_FILE_UNREADABLE latin1.yaml:: is not text in UTF-8',
      /^EVENKEEL_FILE_UNREADABLE good.yaml\/x:: cannot be read: ENOTDIR/,
      /^EVENKEEL_YAML_INVALID bad.yaml:5:5 bad indentation/,
      /^EVENKEEL_FILE_UNREADABLE x+:: cannot be read: ENAMETOOLONG/,
    ],
  )
  t.equal(result.errors.length, 8)
})

// Root may read everything.
if (process.getuid?.() !== 0)
  t.test('a directory that may not be read is an error', async (t) => {
    const directory = t.testdir({ tree: { 'a.yaml': object('a'), closed: { 'b.yaml': object('b') } } })
    execFileSync('chmod', ['000', join(directory, 'tree/closed')])
    t.teardown(() => execFileSync('chmod', ['755', join(directory, 'tree/closed')]))
    const result = await readManifests([join(directory, 'tree')])
    t.strictSame(names(result), ['a'])
    t.match(complaints(result), [/FILE_UNREADABLE .*closed:: may not be read/])
  })

t.test('UTF-16 is read by its byte order mark, as PowerShell writes it and kubectl reads it', async (t) => {
  const text = `\uFEFF${object('caf\u00e9')}`
  const little = Buffer.from(text, 'utf16le')
  const directory = t.testdir({ 'le.yaml': little, 'be.yaml': Buffer.from(little).swap16(), 'utf8.yaml': text })
  const result = await readManifests(['le.yaml', 'be.yaml', 'utf8.yaml'].map((file) => join(directory, file)))
  t.strictSame(complaints(result), [])
  t.strictSame(names(result), ['caf\u00e9', 'caf\u00e9', 'caf\u00e9'])
  for (const { positionOf } of result.manifests) t.match(positionOf(''), { line: 1, column: 1 })
})

t.test('- is stdin, read once', async (t) => {
  const text = Buffer.from(object('caf\u00e9'))
  const stdin = Readable.from([text.subarray(0, text.length - 4), text.subarray(text.length - 4)])
  const result = await readManifests(['-', '-'], { stdin })
  t.strictSame(places(result), ['caf\u00e9 stdin #0 :1'])
  t.strictSame(result.manifests[0]?.positionOf('/kind'), { file: 'stdin', line: 2, column: 1 })
  const broken = new Readable({ read: () => undefined })
  broken.destroy(new Error('the pipe broke'))
  t.strictSame(complaints(await readManifests(['-'], { stdin: broken })), [
    'EVENKEEL_FILE_UNREADABLE stdin:: cannot be read: the pipe broke',
  ])
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(8 * 1024 * 1024, ' ')
    })(),
  )
  t.strictSame(complaints(await readManifests(['-'], { stdin: endless })), [
    'EVENKEEL_FILE_UNREADABLE stdin:: is larger than 64 MiB',
  ])
})

t.test('the items of Lists are objects of their own, with their own lines', async (t) => {
  const list = `# all
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata:
    name: a
- apiVersion: apps/v1
  kind: DeploymentList
  metadata: {resourceVersion: "1"}
  items:
  - metadata: {name: inherits}
    spec:
      replicas: 3
  - apiVersion: v1
    kind: Secret
    metadata: {name: own}
- metadata: {name: typeless}
- kind: ConfigMap
  metadata: {name: versionless}
- 5
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
---
{apiVersion: v1, kind: PodList, items: []}
---
apiVersion: v1
kind: Service
metadata: {name: c}
`
  const result = await read(t, { 'list.yaml': list }, 'list.yaml')
  t.strictSame(places(result), [
    'a list.yaml #0/items/0 :5',
    'inherits list.yaml #0/items/1/items/0 :13',
    'own list.yaml #0/items/1/items/1 :16',
    'b list.yaml #0/items/5 :23',
    'c list.yaml #2 :27',
  ])
  const inherits = result.manifests[1]
  t.match(inherits?.object, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'inherits' },
    spec: { replicas: 3 },
  })
  t.strictSame(inherits?.positionOf('/spec/replicas'), { file: 'list.yaml', line: 15, column: 7 })
  t.strictSame(
    inherits?.positionOf('/kind'),
    { file: 'list.yaml', line: 13, column: 5 },
    'what it inherits is not written in it',
  )
  t.strictSame(complaints(result), [
    'EVENKEEL_OBJECT_INVALID list.yaml:19:3 apiVersion is missing',
    'EVENKEEL_OBJECT_INVALID list.yaml:20:3 apiVersion is missing',
    'EVENKEEL_OBJECT_INVALID list.yaml:22:3 an object of the API must be a map, not 5',
  ])
})

t.test('documents that are no Kubernetes objects are passed over', async (t) => {
  const result = await read(
    t,
    {
      'values.yaml': 'replicas: 3\nitems: [1]\n---\n- op: replace\n---\n# nothing\n---\nmetadata: {name: x}\n',
      'package.json': '{"name": "x", "version": "1.0.0"}',
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n',
    },
    '.',
  )
  t.strictSame(complaints(result), [])
  t.strictSame(result.manifests, [])
})

t.test('charts and overlays are named instead of half read, wherever one begins', async (t) => {
  const chart = {
    'Chart.yaml': 'name: web',
    'values.yaml': 'kind: Deployment\nreplicas: 1',
    'values-prod.yaml': 'kind: X',
    templates: { 'web.yaml': '{{ if }}: [', tests: { 'test.yaml': object('test') } },
    charts: { cache: { 'Chart.yaml': 'name: cache', templates: { 'c.yaml': object('c') } } },
    crds: { 'crd.yaml': object('crd') },
    ci: { 'ci-values.yaml': 'kind: Y' },
    deploy: { 'argo.yaml': object('argo') },
  }
  const overlay = {
    'kustomization.yaml': 'patches: [{path: parts/p.yaml}]\n',
    parts: { 'p.yaml': 'kind: Deployment\nspec: {}' },
  }
  const files = {
    charts: { web: chart, 'notes.yaml': object('notes') },
    templates: { 'plain.yaml': object('plain') },
    overlay,
    base: { 'kustomization.yaml': 'resources: [b.yaml]\n', 'b.yaml': object('b') },
  }
  const helm = { tool: 'helm', directory: 'charts/web' }
  const kustomize = { tool: 'kustomize', directory: 'overlay' }
  const whole = await read(t, files, '')
  t.strictSame([names(whole), whole.errors], [['b', 'notes', 'argo', 'plain'], []])
  t.strictSame(whole.unrendered, [helm, kustomize])
  const only: Readonly<Record<string, readonly unknown[]>> = {
    'charts/web/templates': [helm],
    'charts/web/templates/tests/test.yaml': [helm],
    'charts/web/charts/cache': [helm],
    'charts/web/charts/cache/templates/c.yaml': [helm],
    'charts/web/values-prod.yaml': [helm],
    'charts/web/crds/crd.yaml': [helm],
    'overlay/parts/p.yaml': [kustomize],
  }
  for (const [path, unrendered] of Object.entries(only)) {
    const result = await read(t, files, path)
    t.strictSame([names(result), result.errors, result.unrendered], [[], [], unrendered], path)
  }
  for (const path of ['charts/web/deploy/argo.yaml', 'templates/plain.yaml', 'templates', 'base', 'base/b.yaml']) {
    const result = await read(t, files, path)
    t.strictSame([result.manifests.length, result.unrendered], [1, []], path)
  }
})

t.test('what the API server could not name is an error at the field', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    'apiVersion: v1\nmetadata: {name: x}': '1:1 kind is missing',
    'metadata: {name: x}\nkind: Pod': '1:1 apiVersion is missing',
    'kind: Pod\napiVersion: ""\nmetadata: {name: x}': '2:1 apiVersion is missing',
    'kind: Pod\napiVersion: 1\nmetadata: {name: x}': '2:1 apiVersion must be a string, not 1: quote it',
    'apiVersion: v1\nkind: [Pod]\nmetadata: {name: x}': '2:1 kind must be a string, not a list',
    'apiVersion: v1\nkind: Pod': '1:1 metadata is missing',
    'apiVersion: v1\nkind: Pod\nmetadata:': '3:1 metadata is missing',
    'apiVersion: v1\nkind: Pod\nmetadata: x': '3:1 metadata must be a map, not "x"',
    'apiVersion: v1\nkind: Pod\nmetadata: [x]': '3:1 metadata must be a map, not a list',
    'apiVersion: v1\nkind: Pod\nmetadata: {namespace: x}': '3:1 metadata.name is missing',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: ""}': '3:12 metadata.name is missing',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: 1234': '4:3 metadata.name must be a string, not 1234: quote it',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: on': '4:3 metadata.name must be a string, not true: quote it',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {a: b}': '4:3 metadata.name must be a string, not a map',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: 1}':
      '3:21 metadata.namespace must be a string, not 1: quote it',
    'apiVersion: v1\nkind: Pod\nmetadata: {generateName: 1}':
      '3:12 metadata.generateName must be a string, not 1: quote it',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: x, labels: [a]}': '3:21 metadata.labels must be a map, not a list',
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  labels:\n    a/b: yes':
      '6:5 metadata.labels["a/b"] must be a string, not true: quote it',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: x, annotations: {"c": 0644}}':
      '3:35 metadata.annotations["c"] must be a string, not 420: quote it',
    'apiVersion: v1\nkind: PodList\nitems: x': '3:1 items must be a list, not "x"',
    'just text': '1:1 an object of the API must be a map, not "just text"',
  }
  for (const [text, complaint] of Object.entries(cases)) {
    const { manifests, errors } = await readManifests(['-'], {
      stdin: Readable.from([`${text}\n---\n${object('next')}`]),
    })
    t.match(errors, [{ code: 'EVENKEEL_OBJECT_INVALID', file: 'stdin' }], text)
    t.equal(`${errors[0]?.line}:${errors[0]?.column} ${errors[0]?.message}`, complaint)
    t.strictSame(
      manifests.map(({ object }) => object.metadata.name),
      ['next'],
    )
  }
  const fine = [
    '{name: x}',
    '{generateName: x-}',
    '{name: x, namespace: null, labels: null, annotations: {a: null, b: ""}}',
    '{generateName: x-, name: null}',
  ]
  for (const metadata of fine) {
    const text = `apiVersion: v1\nkind: Pod\nmetadata: ${metadata}`
    t.strictSame(complaints(await readManifests(['-'], { stdin: Readable.from([text]) })), [], metadata)
  }
})

t.test('places are those of the text that was judged, whatever has become of the file', async (t) => {
  const text = `# web\r\n---\r\n${object('one')}---\r\n# the second\r\n${object('two').replaceAll('\n', '\r\n')}`
  const file = join(t.testdir({ 'a.yaml': text }), 'a.yaml')
  const { manifests } = await readManifests([file])
  const told = () =>
    manifests.map(({ source, positionOf, quoteOf }) => [source.line, positionOf('/kind'), quoteOf('/kind')])
  const isStill = (now: string) => manifests.map(({ isStillIn }) => isStillIn(now))
  const expected = [
    [3, { file, line: 4, column: 1 }, 'kind: ConfigMap'],
    [8, { file, line: 9, column: 1 }, 'kind: ConfigMap'],
  ]
  t.strictSame(told(), expected)
  t.strictSame(isStill(text), [true, true])
  writeFileSync(file, `# new\n${text}`)
  t.strictSame(told(), expected)
  t.strictSame(isStill(`# new\n${text}`), [false, false])
  t.strictSame(isStill(text.replace('two', 'three')), [true, false])
  rmSync(file)
  t.strictSame(told(), expected)
})

t.test('of a file no more is kept than the documents that somebody looks at', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = (): number => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    return (heapUsed + external) / 1e6
  }
  const rest = `${object('rest').replace(/{(.*)}/, '\n  $1')}data:\n  a: |\n${'    some text of no interest to anybody here\n'.repeat(20_000)}`
  const web = `${object('web', 'Deployment')}spec:\n  note: "longer than what V8 copies of a text"\n`
  const count = 40
  const odd = `${object('odd')}data: {a: &a [1, 2], b: *a}\n`
  const directory = t.testdir(
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`${n}.yaml`, `${rest}---\n${web}---\n${rest}---\n${odd}`]),
    ),
  )
  const lookedAt = new Set(['Deployment'])
  await readManifests([join(directory, '0.yaml')], { lookedAt })
  const before = used()
  const { manifests, bystanders } = await readManifests([directory], { lookedAt })
  for (const { positionOf, quoteOf } of manifests) {
    t.match(positionOf('/spec/note'), { line: 20_012, column: 3 })
    t.match(quoteOf('/spec/note'), /^ {2}note: "longer/)
  }
  t.strictSame([manifests.length, bystanders], [count, 3 * count])
  const megabytesRead = (count * 2 * rest.length) / 1e6
  t.ok(megabytesRead > 60, `${megabytesRead}`)
  t.ok(used() - before < 3, `${used() - before} MB of ${megabytesRead}`)
})

t.test('of a file with several names its own counts, and a fix goes there', async (t) => {
  const directory = t.testdir({ tree: { 't.yaml': object('t') }, '..data': { 'c.yaml': object('c') } })
  symlinkSync('t.yaml', join(directory, 'tree/a.yaml'))
  symlinkSync('../..data/c.yaml', join(directory, 'tree/c.yaml'))
  symlinkSync('../..data/c.yaml', join(directory, 'tree/d.yaml'))
  const { manifests, errors } = await readManifests([join(directory, 'tree')])
  const files = manifests.map(({ source }) => source.file.replace(`${directory}/`, ''))
  t.strictSame([files, errors], [['tree/c.yaml', 'tree/t.yaml'], []])
})

t.test('a pipe that lies in a directory is no manifest: nobody writes to it', async (t) => {
  const directory = t.testdir({ tree: { 'a.yaml': object('a') } })
  execFileSync('mkfifo', [join(directory, 'tree/b.yaml'), join(directory, 'pipe')])
  symlinkSync('../pipe', join(directory, 'tree/c.yaml'))
  const { manifests, errors } = await readManifests([join(directory, 'tree')])
  t.strictSame([manifests.length, errors], [1, []])
})

t.test('a pipe is read once, whatever it is called', async (t) => {
  const text = Array.from({ length: 30_000 }, (_, n) => object(`a-${n}`)).join('---\n')
  const directory = t.testdir({ text })
  const pipe = join(directory, 'pipe.yaml')
  execFileSync('mkfifo', [pipe])
  // Not by this process, which waits for it.
  const writer = spawn('sh', ['-c', 'cat "$0/text" > "$0/pipe.yaml"', directory])
  t.teardown(() => writer.kill())
  const { manifests, errors } = await readManifests([pipe])
  t.strictSame(errors, [])
  t.strictSame([manifests.length, manifests.at(-1)?.positionOf('/kind').line], [30_000, 4 * 29_999 + 2])
})
