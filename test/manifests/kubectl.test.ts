import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readManifests } from '../../src/manifests/read-manifests.ts'
import { clusterOrSkip, ensureBinaries } from '../cluster/binaries.ts'
import { run } from '../cluster/processes.ts'

// Every text stands after the head of an object that kubectl does not know, so that no Go type bends what it reads.
const HEAD = 'apiVersion: example.dev/v1\nkind: Thing\nmetadata: {name: NAME}\n'
const JSON_HEAD = '"apiVersion": "example.dev/v1", "kind": "Thing", "metadata": {"name": "NAME"}'

/** kubectl and we make the same objects of these; `NAME` stands for the head, where the text does not begin with it. */
const same: readonly string[] = [
  // words
  'a: [yes, Yes, YES, no, No, NO, on, On, ON, off, Off, OFF, true, True, TRUE, false, False, FALSE, y, Y, n, N]',
  'a: [yEs, nO, oN, tRUE, t, f, Yess, "yes", \'no\', !!str on]',
  'a: [~, null, Null, NULL, nULL, "null", ""]\nb:\nc: ~\nd: # nothing',
  // integers
  'a: [0, -0, +1, -1, 00, 0644, -0644, 0o644, 0O17, 0b101, 0B11, -0b11, 0x1F, 0X1f, -0x1F, +0x1F]',
  'a: [08, 089, 0_7, 1_000, 1__0, 1_, _1, 0x, 0b, 0o, 0o8, 0b102, 0xG, 1-2, --1, +, "-"]',
  'a: [9007199254740993, 9223372036854775807, -9223372036854775808, 18446744073709551615, 18446744073709551616]',
  'a: [0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFFF, -9223372036854775809, +18446744073709551615, 123456789012345678901234567890]',
  // floats
  'a: [1.5, 1., .5, +.5, -.5, 1e3, 1E3, 1e+3, 1e-3, 685230.15, 685_230.15, 6.8523015e+5, 0.0, -0.0, 012e3, 1e308, 1e-400]',
  'a: [1e400, .5_0, ._5, ., .., .e5, 1e, 1.5.2, 1.2.3, 10m, 1Gi, 25%, .5.]',
  // what YAML 1.1 would make more of
  'a: [1:30, 190:20:30, 190:20:30.15, 2001-12-14, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43.10 -5, =]',
  // tags
  'a: [!!str 12, ! 13, ! "14", !!int "15", !!int 0x1F, !!float 1, !!float "1.5", !!bool "yes", !!null "", !!null ~, !!str ""]',
  'a: [!local x, !<tag:example.com,2000:x> 1, !!timestamp 2001-12-14, !!binary aGVsbG8=, !!set {b, c}, !!omap [d: e], !x [1], !!str , !x ]',
  'a: !\n  13\nb: !!int\n  "7"\nc:\n- !\n  &x 14\n- *x\n- !!str\n  15\n- &y\n  !!str 16',
  'a: !!str\nb: !x\nc: !!map {d: 1}\ne: !!seq\n- f',
  // keys
  'yes: a\nn: b',
  'on: a\nNo: b',
  'y: a\n"n": b',
  '1: a\n0x10: b\n017: c\n-5: d\n9007199254740993: e\n9223372036854775807: f',
  '1.5: a\n1e3: b\n1e10: c\n1.123456789: d\n1e-7: e\n0.0001: f\n123456.0: g\n1234567.0: h\n3.5e38: i\n-0.0: j',
  '.inf: a\n-.inf: b\n.nan: c\n.5: d',
  '2001-12-14: a\n!!str 12: b\n!!float 13: c\n"": d\n!!binary aGk=: e',
  '? a\n: b\n? c\n? d\n: e\n',
  'a b: c\n"d": e\n\'f\': g\nh : i\n-j: k\n?l: m\nn?: o\nq#r: s\nt:u: v\n/w/x.y: z',
  '__proto__: {a: 1}\nconstructor: 2\ntoString: 3\nhasOwnProperty: 4',
  // anchors and merges
  'a: &x {b: 1}\nc: *x\nd: [*x, &y 5, *y]\ne: &z\nf: *z',
  'a: &x {b: 1, c: 2}\nd: {<<: *x}\ne: {<<: *x, b: 3}\nf:\n  <<: *x\n  c: 4',
  'a: &x {b: 1, c: 2}\nd: {b: 3, <<: *x}',
  'a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}\nf: {<<: [*y, *x], b: 4}\ng: {b: 5, <<: [*x, {b: 6}]}',
  'a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {<<: *y, <<: {f: 3}}',
  'a: {"<<": 1}\nb: <<\nc: [<<]\nd: {!!merge <<: {e: 1}}',
  'a: &x 1\nb: &x 2\nc: *x',
  'a: &key b\n*key : c',
  'a: &x\n- b\nc: *x\nd: &y\n  e: f\ng: *y\nh:\n  &z\n  i: j\nk: *z',
  // scalars of several lines
  'a: |\n  b\n   c\n\n  d\n\n\ne: |-\n  f\n\n\ng: |+\n  h\n\n\ni: |2\n    j\nk: |2-\n   l',
  'a: >\n  b\n  c\n\n  d\n   e\n  f\ng: >-\n  h\n\n\ni: >+\n  j\n\n\nk: l',
  'a: |\n\n\n  b\nc: |\nd: >\ne: |\n  # no comment\n  - f: g\n',
  'a: b\n  c\n\n  d\ne: "f\n  g\n\n  h"\ni: \'j\n  k\n\n\n  l\'',
  'a: "b \\\n  c\\\n  \\ d"\ne: "\\x41\\u00e9\\U0001F600\\t\\n\\r\\0\\a\\b\\e\\f\\v\\\\\\"\\ \\_\\N\\L\\P"\nf: \'it\'\'s \\n\'',
  // flow
  'a: {b, c: , "d":1, "e": 2, f: [], g: {}}\nh: [i, j: k, "l": m, n, ]\no: [1\n,2\n]\np: {\n  q: r,\n  s: t\n}',
  'a: {b:1}\nc: [d:e, f:g]\nh: {i: j:k, l: m#n}',
  // white space, comments
  'a:\tb\nc: \td\t\ne: f # g\nh: i#j\nk: #l\nm: # n\n  o # p\n# q\n  # r\ns: [\n\tt]',
  'a:\n- b\n-\n- c\nd:\n  - e\n  -\n',
  'a:\n- - b\n  - c\n- d: e\n  f: g\n-  h: i\n   j: k\n-\n  l: m',
  'a: \u00a0b\nc: d\u00a0\ne: "\u3000"\nf: \u{1f600}',
  // line ends
  'a: b\r\nc: |\r\n  d\r\n  e\r\nf: "g\r\n  h"\r\n---\r\napiVersion: example.dev/v1\r\nkind: Thing\r\nmetadata: {name: NAME}\r\n',
  // documents
  `a: 1\n---\n${HEAD}---\n---\n--- # comment\n# nothing\n---\n${HEAD}b: 2\n---\n`,
  `NAME---\n${HEAD}a: 1\n...\n---\n${HEAD}b: 2\n...\n# end\n`,
  `NAME\n\n# comment\n--- \t \n${HEAD}`,
  `NAME\uFEFF${HEAD}a: b\n---\n\uFEFF${HEAD}`,
  'a: |\n  --- b\n  ...\nc: "--- d"\n',
  'a: b\n ---\n',
  // JSON
  `NAME{${JSON_HEAD}, "a": [1, -2.5e3, 1E2, true, null, "\\u00e9\\/\\ud83d\\ude00\\n", {}, []], "b": 9007199254740993}`,
  `NAME{${JSON_HEAD}}{${JSON_HEAD}, "a": 1}\n\n  {${JSON_HEAD}, "b": "}{\\"\\\\"}\n`,
  `NAME\n {${JSON_HEAD}}\n---\n{${JSON_HEAD}, a: yes}\n---\n${HEAD}b: 0644\n`,
  `NAME{${JSON_HEAD},}\n---\n${HEAD}`,
  `NAME{\n\t${JSON_HEAD},\n\t"a":\n\t1\n}\n`,
  `a: {"b": "c", "d":"e",\n  "f": [1,2]}\n---\n{${JSON_HEAD}, "g": "h\\u0041"}`,
]

/** Both refuse these: the second document or the rest of the file, where there is one, is read. */
const refused: readonly string[] = [
  'a: .nan',
  'a: [.inf]',
  'a: -.Inf',
  '~: a',
  'null: a',
  '"a": b\n: c',
  '? [a]\n: b',
  '? {a: b}\n: c',
  '{a: b}: c',
  '18446744073709551615: a',
  'a: &x [*x]',
  'a: &x {b: *x}',
  'a: *x',
  'b: *x\na: &x 1',
  'a: &x 1\n---\napiVersion: example.dev/v1\nkind: Thing\nmetadata: {name: NAME}\na: *x',
  'a: {<<: 1}',
  'a: {<<: [{b: 1}, 2]}',
  'a: &x 1\nb: {<<: *x}',
  'a: !!int b',
  'a: !!bool 1',
  'a: !!float b',
  'a: !!null b',
  'a: !!timestamp b',
  'a: !!binary "*"',
  'a: b: c',
  'a: - b',
  'a: "b" c',
  'a: "b',
  "a: 'b",
  'a: [b',
  'a: {b: c',
  'a: [b]]',
  'a: [b,, c]',
  'a: [, b]',
  'a:\n  b: c\n d: e',
  'a: b\n  c: d',
  'a:\n\tb: c',
  'a: |0\n  b',
  'a: >\n\n   b\n  c\n',
  'a: @b',
  'a: `b',
  'a: %b',
  'a: b\nc',
  'a: "\\q"',
  'a: "\\x4"',
  'a: "\\/"',
  'a: "\\ud83d\\ude00"',
  'a: [http://b/?c=d]',
  'a: [:b]',
  'a: \u0001',
  '# \u0007\na: b',
  'a: "\u007f"',
  'a: [b, c: d',
  'a: {{ .Values.a }}',
  `NAME%YAML 1.2\n---\n${HEAD}`,
  `NAME%YAML 1.1\n---\n${HEAD}`,
  `NAME--- {${JSON_HEAD}}\n`,
  `NAME---${HEAD}`,
  `NAME{${JSON_HEAD}}{${JSON_HEAD}}\n---\n{${JSON_HEAD}}`,
  `NAME{${JSON_HEAD}, "a": 1e400}`,
  `a: ${'['.repeat(10_001)}${']'.repeat(10_001)}`,
  `a0: &a0 [b, b, b, b]\n${Array.from({ length: 15 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`).join('\n')}`,
]

/** kubectl reads these, but drops something in silence (or keeps what nobody meant): we say so instead. */
const dropped: readonly (readonly [text: string, message: RegExp])[] = [
  ['a: 1\na: 2', /key "a" is there twice/],
  ['a: {b: 1, "b": 2}', /twice/],
  ['yes: 1\non: 2', /key "true" is there twice/],
  ['1: a\n"1": b', /key "1" is there twice/],
  [`NAME{${JSON_HEAD}, "a": 1, "a": 2}`, /twice/],
  ['a: 1\n...\nb: 2', /kubectl ignores/],
  [`NAME  ${HEAD.replaceAll('\n', '\n  ')}\na: 1`, /end of the stream/],
  ['a: |\n  b\u2028  c\n', /U\+2028/],
  ['a: b\rc: d\n', /U\+000D/],
  ['a: {b:, c:}', /kubectl reads b in another way/],
  ['a: [?b]', /kubectl reads \?b in another way/],
  ['a:\n- - b\n  -\n- c', /empty item/],
  ['a: &x\n  !!seq\n  - b\n  -\nc:\n- - &y\n    -\n- d', /empty item/],
  ['a: "b\\\n\n  c"', /escape/],
]

/** kubectl refuses these for how they are written; the objects that we make of them are those their authors meant. */
const indulged: readonly string[] = ['a: b\n\t\nc: d', 'a: b\n\t# c\n', 'a:\n- \tb', 'a: &x.y 1', 'a: !x b:']

/** ASCII: an odd line break in the name of an assertion would end the output early. */
const titleOf = (text: string): string =>
  JSON.stringify(text)
    .slice(0, 150)
    .replaceAll(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)

/** Each text with a name of its own for its objects, by which they are found again. */
const named = (texts: readonly string[], group: string) =>
  texts.map((text, index) => {
    const name = `${group}-${index}`
    const whole = text.startsWith('NAME') ? text.slice('NAME'.length) : HEAD + text
    return { name, title: titleOf(text), text: whole.replaceAll('NAME', name) }
  })
const groups = {
  same: named(same, 'same'),
  refused: named(refused, 'refused'),
  dropped: named(
    dropped.map(([text]) => text),
    'dropped',
  ),
  indulged: named(indulged, 'indulged'),
}

interface Thing {
  readonly [field: string]: unknown
  readonly metadata: { readonly name: string; readonly annotations?: object }
}

/** As plain data, and without the annotation that kubectl is made to write. */
function plain(thing: Thing): Thing {
  return JSON.parse(JSON.stringify({ ...thing, metadata: { ...thing.metadata, annotations: undefined } })) as Thing
}

/** kubectl prints one object after another; each begins and ends on a line of its own. */
function printed(stdout: string): Thing[] {
  const objects = stdout.split(/^(?=\{$)/m).filter((text) => text.trim() !== '')
  return objects.map((text) => plain(JSON.parse(text) as Thing))
}

t.test('YAML is read as the real kubectl reads it', await clusterOrSkip(t), async (t) => {
  const binaries = await ensureBinaries()
  if ('missing' in binaries) throw new Error(binaries.missing)
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const { name, text } of Object.values(groups).flat()) writeFileSync(join(folder, `${name}.yaml`), text)
  // It asks no server, knows no kind, and goes on after a file that it cannot read.
  const args = ['annotate', '--local', '-f', folder, 'a=b', '-o', 'json', '--kubeconfig', '/dev/null']
  const { stdout, stderr } = await run(binaries.kubectl, args)
  const { manifests, errors } = await readManifests([folder])

  const all = { kubectl: printed(stdout), ours: manifests.map(({ object }) => plain(object as unknown as Thing)) }
  const things = (whose: keyof typeof all, name: string): Thing[] =>
    all[whose].filter(({ metadata }) => metadata.name === name)
  const refusal = (name: string): string | undefined =>
    stderr.split('\n').find((line) => line.includes(`/${name}.yaml`))
  const complaint = (name: string): string | undefined =>
    errors.find(({ file }) => file === join(folder, `${name}.yaml`))?.message

  for (const { name, title } of groups.same) {
    t.equal(refusal(name), undefined, `kubectl takes ${title}`)
    t.equal(complaint(name), undefined, `and so do we: ${title}`)
    t.not(things('ours', name).length, 0)
    t.strictSame(things('ours', name), things('kubectl', name), `what it means: ${title}`)
  }
  for (const { name, title } of groups.refused) {
    t.match(refusal(name), String, `kubectl refuses ${title}`)
    t.match(complaint(name), String, `and so do we: ${title}`)
    const theirs = things('kubectl', name)
    t.strictSame(things('ours', name).slice(0, theirs.length), theirs, `what stood before it was read: ${title}`)
  }
  for (const [index, { name, title }] of groups.dropped.entries()) {
    t.equal(refusal(name), undefined, `kubectl takes ${title}`)
    t.match(complaint(name), dropped[index]?.[1], `and we do not: ${title}`)
  }
  for (const { name, title } of groups.indulged) {
    t.match(refusal(name), String, `kubectl refuses ${title}`)
    t.equal(complaint(name), undefined, `and we do not: ${title}`)
    t.equal(things('ours', name).length, 1)
  }
  t.ok(same.length > 45 && refused.length > 55)
})
