import { globSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { isObject } from '../../src/kube/is-object.ts'
import { isBystander } from '../../src/manifests/bystander.ts'
import { YamlError } from '../../src/manifests/yaml/node.ts'
import { readYaml } from '../../src/manifests/yaml/read-yaml.ts'
import { outlineOf } from '../../src/manifests/yaml/simple-yaml.ts'
import { type Chunk, splitStream } from '../../src/manifests/yaml/split-stream.ts'
import { valueOf } from '../../src/manifests/yaml/value-of.ts'
import { brokenText } from './broken-text.ts'

t.setTimeout(300_000)

const isLookedAt = (kind: string): boolean => ['Deployment', 'Service'].includes(kind)

const definition = `---
# a comment
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.dev # here
  annotations:
    "a/b": 'it\'\'s'
spec:
  versions:
  - name: v1
    schema:
      description: A Deployment of things, over
        two lines

      enum: [a, "b c"]
      required:
        - spec
      other: {}
      none:
  -
    served: true
    text: |-
      kind: Deployment
        {{ anything }}: "

    folded: >
      lines
status: ok
`

t.test('lines of the simplest shape tell what a document is', (t) => {
  t.strictSame(Object.fromEntries(outlineOf(definition) ?? []), {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: '',
    spec: '',
    status: 'ok',
  })
  t.end()
})

t.test('what is not plain to see has no outline', (t) => {
  const texts = {
    'a key twice': 'kind: A\nkind: B\n',
    'a quoted key': '"kind": A\n',
    'a flow map': '{kind: A}\n',
    'an anchor': 'a: &a b\n',
    'an alias': 'a: *a\n',
    'a tag': 'a: !!str b\n',
    'a merge': '<<: b\n',
    'an escape': 'a: "\\x41"\n',
    'a quote over two lines': 'a: "b\n  c"\n',
    'a tab': 'a:\n\tb: c\n',
    'a map after a value': 'a: b\n  c: d\n',
    'a value after a quoted one': 'a: "b"\n  c\n',
    'a value after a comment': 'a: b # c\n  d\n',
    'lines further out than their neighbours': 'a:\n    b: 1\n  c: 2\n',
    'a block whose lines move out': 'a: |\n   x\n  y\n',
    'a list': '- a\n',
    'a list further out than its key': '  a:\n - b\n',
    'a null key': 'null: a\n',
    'what is no number in JSON': 'a: .nan\n',
    'a mark of a merge conflict': 'a: b\n<<<<<<< HEAD\n',
    'a carriage return': 'a: b\r\n',
    nothing: '',
  }
  for (const [title, text] of Object.entries(texts)) t.equal(outlineOf(text), undefined, title)
  t.end()
})

t.test('only an object of a kind that nobody looks at is passed over', (t) => {
  const object = (kind: string, more = '') => `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: a\n${more}`
  t.ok(isBystander(definition, isLookedAt))
  t.ok(isBystander(object('ConfigMap'), isLookedAt))
  t.notOk(isBystander(object('Service'), isLookedAt))
  t.notOk(isBystander(object('List', 'items: []\n'), isLookedAt))
  t.notOk(isBystander(object('"ConfigMap"'), isLookedAt))
  t.notOk(isBystander(object('Yes'), isLookedAt), 'true is no kind')
  t.notOk(isBystander('kind: ConfigMap\nmetadata:\n  name: a\n', isLookedAt), 'the error is to be told')
  t.notOk(isBystander(object('ConfigMap', 'data:\n  a: |\n    \0\n'), isLookedAt))
  t.notOk(isBystander('apiVersion: kustomize.config.k8s.io/v1\nkind: Component\nmetadata:\n  name: a\n', isLookedAt))
  t.end()
})

t.test(
  '20 000 texts: what has an outline is valid YAML with just these keys, and nobody that is looked at is passed over',
  (t) => {
    const files = globSync('test/{seeds,demo-repository,rules}/**/*.yaml').map((file) => readFileSync(file, 'utf8'))
    const seen = { outlines: 0, others: 0, bystanders: 0 }
    const check = (text: string): void => {
      const outline = outlineOf(text)
      if (outline === undefined) seen.others++
      else seen.outlines++
      if (isBystander(text, isLookedAt)) seen.bystanders++
      if (outline === undefined || /[^\n\x20-\x7e]/.test(text)) return
      try {
        const value = valueOf(readYaml(text))
        if (!isObject(value) || Object.keys(value).join() !== [...outline.keys()].join()) throw new Error('other keys')
        const { kind, items } = value
        if (!isBystander(text, isLookedAt)) return
        if (typeof kind !== 'string' || isLookedAt(kind) || items !== undefined)
          throw new Error(`passed over: ${JSON.stringify(kind)}`)
      } catch (error) {
        if (!(error instanceof YamlError && /is there twice/.test(error.message))) throw error
      }
    }
    const chunks = (text: string) =>
      [...splitStream(text)].filter((chunk): chunk is Chunk => !(chunk instanceof YamlError))
    fc.assert(
      fc.property(brokenText([...files.map(() => definition), ...files]), (text) => {
        for (const chunk of chunks(text)) check(chunk.text)
      }),
      { numRuns: 20_000 },
    )
    t.ok(Math.min(...Object.values(seen)) > 500, `all ways are taken: ${JSON.stringify(seen)}`)
    t.end()
  },
)
