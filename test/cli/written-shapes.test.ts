import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatNames } from '../../src/report/format.ts'
import { checkInAllFormats, placesIn } from './places.ts'

const head = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: NAME}\n'
const deployment = (spec: string): string => `${head}spec:\n  replicas: 4\n${spec}  template: {}\n`
const json = (maxUnavailable: string): string =>
  `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "NAME"}, "spec": {"strategy": {"rollingUpdate": {"maxUnavailable": ${maxUnavailable}}}, "template": {}}}`
const block = deployment('  strategy:\n    rollingUpdate:\n      maxUnavailable: 50% # too many\n')
const crlf = (text: string): string => text.replaceAll('\n', '\r\n')

/**
 * One fault in each, in as many ways as people write files; and what must stand at the place that is named: it is there once, and all
 * of it is the region.
 */
const shapes: Readonly<Record<string, readonly [text: string | Buffer, fault: string]>> = {
  'block.yaml': [block, 'maxUnavailable: 50%'],
  'carriage-returns.yaml': [crlf(block), 'maxUnavailable: 50%'],
  'no-end-of-line.yaml': [
    `${head}spec: {template: {}, strategy: {rollingUpdate: {maxUnavailable: 50%}}}`,
    'maxUnavailable: 50%',
  ],
  'mark.yaml': [`\uFEFF${block}`, 'maxUnavailable: 50%'],
  'utf-16.yaml': [Buffer.from(`\uFEFF${block}`, 'utf16le'), 'maxUnavailable: 50%'],
  'flow.yaml': [
    deployment('  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 50%, maxSurge: 1}}\n'),
    'maxUnavailable: 50%',
  ],
  'flow-in-lines.yaml': [
    deployment('  strategy: {\n    rollingUpdate: {\n      maxSurge: 1,\n      "maxUnavailable": 50% } }\n'),
    '"maxUnavailable": 50%',
  ],
  'tabs.yaml': [
    deployment('  strategy:\n    rollingUpdate: {\tmaxSurge:\t1,\tmaxUnavailable:\t50%\t}\t# tabs\n'),
    'maxUnavailable:\t50%',
  ],
  'wide-characters.yaml': [
    deployment('  strategy: {"x": "\u{1F600}\u00e9", rollingUpdate: {maxUnavailable: 50%}}\n'),
    'maxUnavailable: 50%',
  ],
  'quoted.yaml': [
    deployment(`  'strategy':\n    "rollingUpdate":\n      'maxUnavailable': "50%"\n`),
    `'maxUnavailable': "50%"`,
  ],
  'explicit-key.yaml': [
    deployment('  strategy:\n    rollingUpdate:\n      ? maxUnavailable\n      : 50%\n'),
    'maxUnavailable',
  ],
  'value-below.yaml': [
    deployment('  strategy:\n    rollingUpdate:\n      maxUnavailable:\n        50%\n'),
    'maxUnavailable',
  ],
  'tagged.yaml': [
    deployment('  strategy:\n    rollingUpdate:\n      maxUnavailable: !!str 50%\n'),
    'maxUnavailable: !!str 50%',
  ],
  'anchored.yaml': [
    deployment('  strategy: &all\n    rollingUpdate: &rolling\n      maxUnavailable: &half 50%\n'),
    'maxUnavailable: &half 50%',
  ],
  'alias-of-a-map.yaml': [
    deployment('  x-old: &old\n    rollingUpdate: {maxUnavailable: 50%}\n  strategy: *old\n'),
    'maxUnavailable: 50%',
  ],
  'alias-of-a-value.yaml': [
    deployment('  x-old: &old 50%\n  strategy:\n    rollingUpdate:\n      maxUnavailable: *old\n'),
    'maxUnavailable: *old',
  ],
  'merged.yaml': [
    deployment(
      '  x-old: &old\n    maxUnavailable: 50%\n    maxSurge: 1\n  strategy:\n    rollingUpdate:\n      <<: *old\n      maxSurge: 2\n',
    ),
    'maxUnavailable: 50%',
  ],
  'merged-list.yaml': [
    deployment(
      '  x-a: &a {maxSurge: 1}\n  x-b: &b {maxUnavailable: 50%}\n  strategy:\n    rollingUpdate: {<<: [*a, *b]}\n',
    ),
    'maxUnavailable: 50%',
  ],
  'merged-beside-it.yaml': [
    deployment('  x-a: &a {maxSurge: 1}\n  strategy:\n    rollingUpdate:\n      <<: *a\n      maxUnavailable: 50%\n'),
    'maxUnavailable: 50%',
  ],
  'documents.yaml': [
    `# all of it\n---\n# no object\n---\n${head.replace('apps/v1', 'v1').replace('Deployment', 'ConfigMap')}---\n\n${block}...\n---\nkind: x\napiVersion: v1\nmetadata: {name: z}\n`,
    'maxUnavailable: 50%',
  ],
  'documents-in-windows.yaml': [crlf(`---\n# one\n---\n${block}`), 'maxUnavailable: 50%'],
  'list.yaml': [
    `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- ${block.replaceAll('\n', '\n  ').trimEnd()}\n`,
    'maxUnavailable: 50%',
  ],
  'block-scalars-before.yaml': [
    block.replace(
      '{name: NAME}',
      '\n  name: NAME\n  annotations:\n    text: |\n      spec:\n        strategy: maxUnavailable\n\n    folded: >-\n      a\n\n      b',
    ),
    'maxUnavailable: 50%',
  ],
  'line.json': [json('"50%"'), '"maxUnavailable": "50%"'],
  'tall.json': [JSON.stringify(JSON.parse(json('"50%"')), null, 2), '"maxUnavailable": "50%"'],
  'tabbed.json': [crlf(JSON.stringify(JSON.parse(json('2')), null, '\t')), '"maxUnavailable": 2'],
  'one-after-another.json': [
    `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}\n${json('"50%"')}`,
    '"maxUnavailable": "50%"',
  ],
  'json-with-comment.yaml': [`# JSON in YAML\n${json('50%')}\n`, '"maxUnavailable": 50%'],
}

const policy = `apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: one-rule}
spec: {rules: {limit-max-unavailable: deny}}
`

/** The object's name in a file. */
const nameIn = (file: string): string => file.replaceAll('.', '-')

/** As an editor opens it. */
function opened(text: string | Buffer, name: string): string[] {
  const whole = typeof text === 'string' ? text : text.toString('utf16le')
  return whole
    .replace(/^\uFEFF/, '')
    .replaceAll('NAME', nameIn(name))
    .split(/\r?\n/)
}

t.test('however a file is written, every format names the place of the fault', async (t) => {
  const files = Object.entries(shapes).map(([name, [text]]) => [
    name,
    typeof text === 'string' ? text.replaceAll('NAME', nameIn(name)) : text,
  ])
  const directory = t.testdir({
    'evenkeel.yaml': policy,
    k8s: Object.fromEntries(files) as Record<string, string>,
    out: {},
  })
  const outputs = await checkInAllFormats(['k8s'], join(directory, 'out'), { cwd: directory })
  for (const format of formatNames) {
    const places = placesIn[format](outputs[format])
    for (const [name, [text, fault]] of Object.entries(shapes)) {
      const here = places.filter(({ file }) => file === `k8s/${name}`)
      t.equal(here.length, 1, `${format} names one place in ${name}`)
      const { line = 0, column, endColumn } = here[0] ?? {}
      const there = opened(text, name)[line - 1] ?? ''
      const at = there.indexOf(fault)
      t.ok(at >= 0, `${format}: ${name}:${line} shows the fault: ${there}`)
      if (column !== undefined) t.equal(column, at + 1, `${format}: its column in ${name}`)
      if (endColumn !== undefined) t.equal(there.slice(at, endColumn - 1), fault, `${format}: its region in ${name}`)
    }
    t.equal(places.length, files.length)
  }
  t.strictSame(readFileSync(join(directory, 'out/text'), 'utf8').match(/\berror\b.*/g), null, 'and every file was read')
})
