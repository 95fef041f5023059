import t from 'tap'
import { createApp } from '../../src/admission/app.ts'
import { createReviewer } from '../../src/cli/webhook/reviewer.ts'
import { enable } from '../../src/policy/enable.ts'
import { presetFile } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { deployment, parts, reviewOf } from '../admission/review.ts'

/** In kilobytes. */
const [small, large] = [256, 2048]
/** Eight times the size takes eight times as long, sixty-four times where something grows with the square. */
const atMost = 24
/** What is faster than that, in milliseconds, does not count as slow: the machine may be busy. */
const quick = 50

const strict = presetFile('strict')
const pattern = { enforcement: 'warn', params: { pattern: '[A-Z]+-[0-9]+' } } as const
const policies = [
  enable(
    { ...strict, spec: { ...strict.spec, rules: { ...strict.spec.rules, 'require-change-cause': pattern } } },
    rules,
  ),
]
const app = createApp(parts({ reviewer: createReviewer({ policies: () => policies, now: () => 0 }) }))

type Containers = readonly Readonly<Record<string, unknown>>[]

function listOf<T>(count: number, item: (i: number) => T): T[] {
  return Array.from({ length: Math.floor(count) }, (_, i) => item(i))
}

function asking(name: string) {
  const probe = { httpGet: { path: '/', port: name } }
  return { image: 'shop/web:1', startupProbe: probe, readinessProbe: probe, livenessProbe: probe }
}

/** Containers of so many bytes in all. */
const containers: Readonly<Record<string, (bytes: number) => Containers>> = {
  'ports of containers, each of which asks for one that none has': (bytes) => {
    const count = Math.min(400, Math.sqrt(bytes / 40))
    return listOf(count, (i) => ({
      name: `c${i}`,
      ...asking(`zz${i}`),
      ports: listOf(bytes / 40 / count, (port) => ({ name: `p${i}-${port}`, containerPort: 1 })),
    }))
  },
  'ports of one container': (bytes) => [
    { name: 'c', ...asking('zzz'), ports: listOf(bytes / 40, (i) => ({ name: `p${i}`, containerPort: 1 })) },
  ],
  'the name of a port': (bytes) => [
    { name: 'c', ...asking('a'.repeat(bytes / 20)), ports: [{ name: 'ab'.repeat(bytes / 42), containerPort: 1 }] },
  ],
  'the name of a container': (bytes) => [{ name: 'containers['.repeat(bytes / 220), image: 'shop/web:1' }],
  'variables of a container': (bytes) => [
    { name: 'c', image: 'shop/web:1', env: listOf(bytes / 30, (i) => ({ name: `E${i}`, value: 'x' })) },
  ],
}

const annotations: Readonly<Record<string, (bytes: number) => Readonly<Record<string, string>>>> = {
  'a change-cause': (bytes) => ({ 'kubernetes.io/change-cause': 'A'.repeat(bytes / 20) }),
  exemptions: (bytes) => Object.fromEntries(listOf(bytes / 33, (i) => [`exempt.evenkeel.dev/r${i}`, 'x'])),
}

/** An update of a Deployment that brings all of it. */
function payloadOf(containers: Containers, annotations: Readonly<Record<string, string>>): string {
  const selector = { matchLabels: { app: 'web' } }
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers } }
  const metadata = { name: 'web', namespace: 'shop', annotations }
  const object = deployment({ metadata, spec: { replicas: 4, selector, template } })
  return JSON.stringify(reviewOf({ operation: 'UPDATE', object, oldObject: deployment() }))
}

/** The least of three, in milliseconds: another process on the machine is no growth. */
async function costOf(path: string, payload: string): Promise<number> {
  let least = Infinity
  for (let i = 0; i < 3; i++) {
    const start = performance.now()
    const { statusCode } = await app.inject({
      method: 'POST',
      url: `/${path}`,
      payload,
      headers: { 'content-type': 'application/json' },
    })
    least = Math.min(least, performance.now() - start)
    if (statusCode !== 200) throw new Error(`answered with ${statusCode}`)
  }
  return least
}

const payloads: Readonly<Record<string, (bytes: number) => string>> = {
  ...Object.fromEntries(
    Object.entries(containers).map(([what, make]) => [what, (bytes: number) => payloadOf(make(bytes), {})]),
  ),
  ...Object.fromEntries(
    Object.entries(annotations).map(([what, make]) => [
      what,
      (bytes: number) => payloadOf([{ name: 'web', image: 'shop/web:1' }], make(bytes)),
    ]),
  ),
}

for (const [what, make] of Object.entries(payloads))
  t.test(`a review takes no more time than its text grows: ${what}`, async (t) => {
    for (const path of ['validate', 'mutate']) {
      const [less, more] = [await costOf(path, make(small * 1024)), await costOf(path, make(large * 1024))]
      const told = `${less.toFixed(1)} ms for ${small} kB, ${more.toFixed(1)} ms for ${large} kB`
      t.ok(more < atMost * Math.max(less, quick), `${path}: ${told}`)
    }
  })
