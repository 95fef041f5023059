import t from 'tap'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'
import { placeInTemplate } from '../../src/manifests/render/place-in-template.ts'
import type { JsonPointer, KubeObject } from '../../src/model/object.ts'

const objectOf = (rendered: string): KubeObject =>
  readDocuments(rendered, '').documents[0]?.value as unknown as KubeObject

/** What stands at the place, to the end of its line. */
function there(template: string, rendered: string, pointer: JsonPointer): string {
  const { line, column } = placeInTemplate(template, objectOf(rendered), pointer)
  return (template.split('\n')[line - 1] ?? '').slice(column - 1).trimEnd()
}

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop-web}
spec:
  replicas: 3
  strategy: {rollingUpdate: {maxUnavailable: 1}}
  template:
    spec:
      containers:
      - {name: proxy, image: "proxy:1", env: [{name: A, value: x}, {name: B, value: "y"}]}
      - name: web
        image: web:2
        resources: {limits: {cpu: 1}}
`

t.test('a field is where the template writes its key, in whatever way it writes the value', (t) => {
  const template = `{{- /* why
spec: {replicas: 9}
*/ -}}
# spec:
{{- if .Values.enabled }}
apiVersion: {{ include "version" . }}
kind: "Deployment"
metadata:
  name: {{ .Release.Name }}-web
spec:
  {{- if .Values.fixed }}
  replicas: 2
  {{- else if .Values.some }}
  replicas: 3
  {{- else }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  strategy:
    {{- toYaml .Values.strategy | nindent 4 }}
  template:
    spec:
      containers:
      {{- range .Values.sidecars }}
      - name: {{ .name }}
        image: {{ .image }}
      {{- end }}
      - name: web
        "image": 'web:{{ .Values.tag }}'
        resources:
{{ toYaml .Values.resources | indent 10 }}
{{- end }}
`.replaceAll('\n', '\r\n')
  const cases: Readonly<Record<JsonPointer, string>> = {
    '': 'apiVersion: {{ include "version" . }}',
    '/spec': 'spec:',
    '/spec/replicas': 'replicas: 3',
    '/spec/strategy': 'strategy:',
    '/spec/strategy/rollingUpdate/maxUnavailable': 'strategy:',
    '/spec/template/spec/containers/0': 'name: {{ .name }}',
    '/spec/template/spec/containers/0/image': 'image: {{ .image }}',
    '/spec/template/spec/containers/0/env/1/value': 'name: {{ .name }}',
    '/spec/template/spec/containers/1': 'name: web',
    '/spec/template/spec/containers/1/image': `"image": 'web:{{ .Values.tag }}'`,
    '/spec/template/spec/containers/1/resources/limits/cpu': 'resources:',
    '/spec/template/metadata': 'template:',
  }
  for (const [pointer, expected] of Object.entries(cases)) t.equal(there(template, web, pointer), expected, pointer)
  t.end()
})

t.test(
  'of the branches that write a field the one with its value is meant, else the first that leaves it open',
  (t) => {
    const template = 'spec:\n  {{- if .a }}\n  replicas: 5\n  {{- else }}\n  replicas: {{ .b }}\n  {{- end }}\n'
    t.equal(there(template, web, '/spec/replicas'), 'replicas: {{ .b }}')
    t.equal(there(template.replace('5', '{{ .c }}'), web, '/spec/replicas'), 'replicas: {{ .c }}')
    t.end()
  },
)

t.test('of the documents of a template the one of that kind and name is meant', (t) => {
  const document = (kind: string, name: string): string =>
    `{{- with . }}\n---\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec: # of ${name}\n{{- end }}\n`
  const template = [
    document('Service', 'shop-web'),
    document('Deployment', '{{ .Release.Name }}-worker'),
    document('Deployment', '{{ .Release.Name }}-web'),
    document('Deployment', 'shop-web-2'),
  ].join('')
  t.equal(there(template, web, '/spec/replicas'), 'spec: # of {{ .Release.Name }}-web')
  t.end()
})

t.test('items are known by name, else by number where no item comes of a loop, else as the only one', (t) => {
  const env = (items: string): string =>
    `spec:\n  template:\n    spec:\n      containers:\n        - image: proxy:1\n          env:\n${items}        - image: web:2\n`
  const value = '/spec/template/spec/containers/0/env/1/value'
  const item = (name: string, text: string): string => `            - name: ${name}\n              value: ${text}\n`
  t.equal(there(env(item('A', 'x') + item('B', '{{ .b }}')), web, value), 'value: {{ .b }}')
  t.equal(there(env(item('B', 'late') + item('C', 'x') + item('A', 'early')), web, value), 'value: late')
  t.equal(there(env(item('{{ .name }}', '{{ .value }}')), web, value), 'value: {{ .value }}')
  t.equal(there(env(item('{{ .k }}', '1') + item('{{ .l }}', '2') + item('{{ .m }}', '3')), web, value), 'env:')
  t.equal(
    there(env(''), web, '/spec/template/spec/containers/1/resources'),
    'image: web:2',
    'no names: the second of two',
  )
  t.end()
})

t.test('a template that writes nothing of it by itself is named at its first line', (t) => {
  t.equal(there('{{/* all */}}\n\n{{ include "library.deployment" . }}\n', web, '/spec/replicas'), '{{/* all */}}')
  t.equal(there('', web, '/spec/replicas'), '')
  t.equal(there('  a: b\n{{', web, '/spec'), 'a: b')
  t.end()
})

t.test('any mangled template gives a place inside it, soon', (t) => {
  const template = `kind: Deployment\nspec:\n  containers:\n  - name: "{{ .a }}"\n    x: |\n      {{ b }}\n  - - c: 1\n`
  for (let from = 0; from < template.length; from++) {
    for (const bit of ['{{', '}}', '\n', '- ', ':', '"', '{{/*', '\t', '---\n']) {
      const text = template.slice(0, from) + bit + template.slice(from + (from % 3))
      const { line, column } = placeInTemplate(text, objectOf(web), '/spec/template/spec/containers/0/image')
      const length = text.split('\n')[line - 1]?.length ?? -1
      if (column < 1 || column > length + 1) t.fail(`${line}:${column} is outside of ${JSON.stringify(text)}`)
    }
  }
  const start = process.cpuUsage().user
  placeInTemplate('{{ '.repeat(20_000), objectOf(web), '/spec')
  placeInTemplate(`a: b\n---\nkind: ${'e{{ a }}'.repeat(2000)}b\n`, objectOf(web), '/spec')
  t.ok(process.cpuUsage().user - start < 2_000_000)
  t.end()
})
