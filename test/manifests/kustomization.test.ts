import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { overlayAround, readKustomization } from '../../src/manifests/kustomization.ts'
import { kustomizeOrigin, withoutOrigin } from '../../src/manifests/kustomize-origin.ts'
import { traceKustomize } from '../../src/manifests/render/trace-kustomize.ts'
import type { JsonPointer, KubeObject } from '../../src/model/object.ts'

type Files = Readonly<Record<string, string | Readonly<Record<string, string>>>>

const base = `apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  paused: false
  template:
    spec:
      containers:
      - name: web
        image: registry.example/web:1
        env:
        - {name: A, value: a}
        - {name: B, value: b}
`

/** As kustomize builds it: keys and lists in an order of its own. */
const built = (spec: object, containers: readonly object[]): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'prod-web-v2' },
  spec: { ...spec, template: { spec: { containers } } },
})

/** The line at the place of a field, and its file; `configured` are the kustomizations that changed the object. */
function placed(t: Test, files: Files, object: KubeObject, configured: readonly string[]) {
  const directory = t.testdir({ 'base.yaml': base, ...files })
  const origin = { path: 'base.yaml', configuredIn: configured }
  const positionOf = traceKustomize(object, origin, (path) => join(directory, path))
  return (pointer: JsonPointer): string => {
    const { file, line, column } = positionOf?.(pointer) ?? { file: '', line: 0, column: 0 }
    const text = readFileSync(file, 'utf8').split('\n')[line - 1] ?? ''
    return `${relative(directory, file)}: ${text.slice(column - 1)}`
  }
}

t.test('what the base says is in the base, whatever the order of the lists that were built', (t) => {
  const object = built({ replicas: 2 }, [
    {
      name: 'web',
      image: 'registry.example/web:1',
      env: [
        { name: 'B', value: 'b' },
        { name: 'A', value: 'a' },
      ],
    },
  ])
  const at = placed(t, {}, object, [])
  t.equal(at(''), 'base.yaml: apiVersion: apps/v1')
  t.equal(at('/spec/replicas'), 'base.yaml: replicas: 2')
  t.equal(at('/spec/template/spec/containers/0'), 'base.yaml: name: web')
  t.equal(at('/spec/template/spec/containers/0/env/0/value'), 'base.yaml: value: b}')
  t.equal(
    at('/spec/template/spec/containers/0/readinessProbe'),
    'base.yaml: name: web',
    'of what is missing the parent',
  )
  t.end()
})

t.test('what a patch says is in the patch, the last one first, in whatever way it is named', (t) => {
  const merge = (spec: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: ${spec}\n`
  const files = {
    overlay: {
      'kustomization.yaml': `
patchesStrategicMerge:
- one.yaml
- |-
  kind: Deployment
  metadata: {name: web}
  spec:
    minReadySeconds: 7
patchesJson6902:
- target: {kind: Deployment, name: web}
  path: json.yaml
patches:
- path: other.yaml
- path: sidecar.yaml
  target: {kind: Deployment}
- target: {kind: Deployment, name: "w.*"}
  patch: |
    - op: add
      path: /spec/revisionHistoryLimit
      value: 3
- patch: '[{op: replace, path: /spec/paused, value: true}]'
  target: {name: web}
`,
      'one.yaml': merge('{replicas: 4, progressDeadlineSeconds: 60}'),
      'other.yaml': merge('{replicas: 4}').replace('name: web', 'name: api'),
      'sidecar.yaml': merge('{template: {spec: {containers: [{name: log, image: "log:1"}]}}}').replace('web', 'any'),
      'json.yaml': '- op: add\n  path: /spec/strategy\n  value: {rollingUpdate: {maxSurge: 2}}\n',
    },
    late: {
      'kustomization.yaml': 'patches:\n- path: deadline.yaml\n',
      'deadline.yaml': merge('{progressDeadlineSeconds: 60}'),
    },
  }
  const spec = {
    ...{ replicas: 4, minReadySeconds: 7, revisionHistoryLimit: 3, paused: true, progressDeadlineSeconds: 60 },
    strategy: { rollingUpdate: { maxSurge: 2 } },
  }
  const containers = [
    { name: 'log', image: 'log:1' },
    { name: 'web', image: 'registry.example/web:1' },
  ]
  const at = placed(t, files, built(spec, containers), ['overlay/kustomization.yaml', 'late/kustomization.yaml'])
  t.equal(at('/spec/replicas'), 'overlay/one.yaml: replicas: 4, progressDeadlineSeconds: 60}')
  t.equal(at('/spec/progressDeadlineSeconds'), 'late/deadline.yaml: progressDeadlineSeconds: 60}')
  t.equal(at('/spec/minReadySeconds'), 'overlay/kustomization.yaml: minReadySeconds: 7')
  t.equal(at('/spec/strategy/rollingUpdate/maxSurge'), 'overlay/json.yaml: maxSurge: 2}}')
  t.equal(at('/spec/revisionHistoryLimit'), 'overlay/kustomization.yaml: value: 3')
  t.match(at('/spec/paused'), /^overlay\/kustomization.yaml: patch: '\[/)
  t.equal(at('/spec/template/spec/containers/0'), 'overlay/sidecar.yaml: {name: log, image: "log:1"}]}}}')
  t.equal(at('/spec/template/spec/containers/1'), 'base.yaml: name: web')
  t.end()
})

t.test('images and replicas of a kustomization are named where they are set', (t) => {
  const kustomization = `
images:
- {name: registry.example/web-2, newTag: "2"}
- name: registry.example/web
  newName: mirror.example/web
  newTag: "2"
replicas:
- {name: api, count: 5}
- name: web
  count: 5
`
  const object = built({ replicas: 5 }, [{ name: 'web', image: 'mirror.example/web:2' }])
  const at = placed(t, { 'kustomization.yaml': kustomization }, object, ['kustomization.yaml'])
  t.equal(at('/spec/template/spec/containers/0/image'), 'kustomization.yaml: name: registry.example/web')
  t.equal(at('/spec/replicas'), 'kustomization.yaml: count: 5')
  const other = built({ replicas: 6 }, [])
  t.equal(
    placed(t, { 'kustomization.yaml': kustomization }, other, ['kustomization.yaml'])('/spec/replicas'),
    'base.yaml: replicas: 2',
    'what nobody seems to have written is where it is otherwise',
  )
  t.end()
})

t.test('patches and what configures kustomize are parts, and make of resources something else', (t) => {
  const kustomization = `
kind: Kustomization
resources: [web.yaml]
patches: [{path: ../patch.yaml}, {patch: "[]"}]
patchesStrategicMerge: [one.yaml, "kind: A\\nspec: {}"]
patchesJson6902: [{path: two.json, target: {}}]
configurations: [conf.yaml]
transformers: [t.yaml]
generators: [g.yaml]
crds: [crd.json]
replacements: [{path: r.yaml}, {source: {}}]
helmCharts: [{name: x, valuesFile: values.yaml}]
openapi: {path: o.json}
`
  const directory = t.testdir({ a: { 'kustomization.yml': kustomization } })
  const read = readKustomization(join(directory, 'a/kustomization.yml'))
  t.strictSame(
    read?.parts.map((part) => relative(directory, part)),
    [
      'a/one.yaml',
      'a/two.json',
      'patch.yaml',
      'a/conf.yaml',
      'a/t.yaml',
      'a/g.yaml',
      'a/crd.json',
      'a/r.yaml',
      'a/values.yaml',
      'a/o.json',
    ],
  )
  t.equal(read?.isOverlay, true)
  t.equal(overlayAround(join(directory, 'a/one.yaml')), join(directory, 'a'))
  t.equal(overlayAround(join(directory, 'a/web.yaml')), undefined)
  const overlay = (text: string) =>
    readKustomization(join(t.testdir({ Kustomization: text }), 'Kustomization'))?.isOverlay
  t.equal(overlay('resources: [a.yaml]\nnamespace: x\nimages: []\n'), false)
  t.equal(overlay('kind: Component\npatches: [{path: a.yaml}]\n'), false, 'a component is built by others')
  t.equal(overlay('replicas: [{name: a, count: 1}]\n'), true)
  t.equal(overlay('a: ['), undefined)
  t.equal(overlay('- a'), undefined)
  t.end()
})

t.test('the annotations of kustomize tell where an object began, and are no part of it', (t) => {
  const origin = 'config.kubernetes.io/origin'
  const steps = 'alpha.config.kubernetes.io/transformations'
  const object = (annotations?: Readonly<Record<string, string>>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', ...(annotations && { annotations }) },
  })
  const whole = object({
    [origin]: 'path: ../a.yaml\n',
    [steps]: '- configuredIn: k.yaml\n- {}\n- configuredIn: k.yaml\n',
    mine: 'x',
  })
  t.strictSame(kustomizeOrigin(whole), { path: '../a.yaml', configuredIn: ['k.yaml'] })
  t.strictSame(withoutOrigin(whole).metadata, { name: 'a', annotations: { mine: 'x' } })
  for (const text of [
    '',
    'a: [',
    'path: 1',
    '- path',
    'path: a.yaml\nrepo: https://git.example/x\n',
    'configuredIn: k.yaml',
  ])
    t.equal(kustomizeOrigin(object({ [origin]: text })), undefined, text)
  t.strictSame(kustomizeOrigin(object({ [origin]: 'path: a.yaml', [steps]: 'a: [' })), {
    path: 'a.yaml',
    configuredIn: [],
  })
  const windows = { [origin]: 'path: ..\\base\\a.yaml', [steps]: '- configuredIn: ..\\k.yaml' }
  t.strictSame(kustomizeOrigin(object(windows)), { path: '../base/a.yaml', configuredIn: ['../k.yaml'] }, 'of Windows')
  t.equal(kustomizeOrigin(object()), undefined)
  const plain = object()
  t.equal(withoutOrigin(plain), plain)
  t.end()
})
