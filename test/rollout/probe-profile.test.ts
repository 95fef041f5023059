import fc from 'fast-check'
import t from 'tap'
import { type ProbeName, probeDefaultAt, probeNames, timingOf } from '../../src/kube/probe.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Container, Probe, Workload } from '../../src/model/workload.ts'
import { contradictions } from '../../src/rollout/probe-contradictions.ts'
import { deviations } from '../../src/rollout/probe-deviations.ts'
import {
  chosenProfile,
  defaultProfiles,
  nearestWanted,
  type ProbeProfile,
  type Wanted,
  wantedText,
} from '../../src/rollout/probe-profile.ts'
import { readWorkload } from '../../src/workloads/read-workload.ts'

const wanted: fc.Arbitrary<Wanted> = fc.oneof(
  fc.integer({ min: 1, max: 30 }),
  fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(20)).map(([min, more]) => ({ min, max: min + more })),
  fc.integer({ min: 1, max: 30 }).map((min) => ({ min })),
  fc.integer({ min: 1, max: 30 }).map((max) => ({ max })),
)

function fits(value: number, want: Wanted): boolean {
  if (typeof want === 'number') return value === want
  return value >= (want.min ?? value) && value <= (want.max ?? value)
}

t.test('the nearest wanted number is wanted, none between is, and there is none for a number that fits', (t) => {
  fc.assert(
    fc.property(fc.nat(60), wanted, (value, want) => {
      const near = nearestWanted(value, want)
      t.equal(near === undefined, fits(value, want))
      if (near === undefined) return
      t.ok(fits(near, want))
      const step = Math.sign(near - value)
      for (let between = value; between !== near; between += step) t.notOk(fits(between, want))
    }),
  )
  t.strictSame([180, { min: 15, max: 20 }, { min: 15 }, { max: 9 }, {}].map(wantedText), [
    '180',
    '15 to 20',
    'at least 15',
    'at most 9',
    'any',
  ])
  t.end()
})

const numbers = fc.record(
  {
    periodSeconds: fc.nat(30),
    timeoutSeconds: fc.nat(30),
    failureThreshold: fc.nat(30),
    initialDelaySeconds: fc.nat(30),
  },
  { requiredKeys: [] },
)
const wantedNumbers = fc.record(
  { periodSeconds: wanted, timeoutSeconds: wanted, failureThreshold: wanted, initialDelaySeconds: wanted },
  { requiredKeys: [] },
)

t.test('probes that have the values that a profile would write deviate no more', (t) => {
  let repaired = 0
  const probes = fc.record(
    { startupProbe: numbers, readinessProbe: numbers, livenessProbe: numbers },
    { requiredKeys: [] },
  )
  const profiles = fc.record({
    startupProbe: wantedNumbers,
    readinessProbe: wantedNumbers,
    livenessProbe: wantedNumbers,
  })
  fc.assert(
    fc.property(probes, profiles, (own, profile) => {
      const container = { name: 'web', ...own } as Container
      const fixed = deviations(container, profile).reduce<Container>((so, { probe, fix }) => {
        repaired++
        return fix ? { ...so, [probe]: { ...so[probe], [fix.field]: fix.value } } : so
      }, container)
      t.strictSame(deviations(fixed, profile as ProbeProfile), [])
      t.strictSame(Object.keys(fixed).sort(), Object.keys(container).sort(), 'no probe is invented')
    }),
    { numRuns: 500 },
  )
  t.ok(repaired > 500, `${repaired} repaired`)
  t.end()
})

t.test('a startup window is made to fit by the failureThreshold, whatever the period', (t) => {
  let repaired = 0
  fc.assert(
    fc.property(numbers, wanted, fc.integer({ min: 1, max: 20 }), (startupProbe, want, times) => {
      const startupWindowSeconds = typeof want === 'number' ? want * times : want
      const profile: ProbeProfile = { startupWindowSeconds }
      const [first] = deviations({ name: 'web', startupProbe }, profile)
      if (first === undefined) return
      repaired++
      const value = first.fix?.value ?? 0
      const fixed = { ...startupProbe, failureThreshold: value }
      t.strictSame(deviations({ name: 'web', startupProbe: fixed }, profile), [])
      const { periodSeconds, timeoutSeconds } = timingOf(fixed)
      const step = Math.max(periodSeconds, timeoutSeconds)
      const { min = 0, max = Infinity } =
        typeof startupWindowSeconds === 'number'
          ? { min: startupWindowSeconds, max: startupWindowSeconds }
          : startupWindowSeconds
      t.ok(value * step >= min, 'it is never too short')
      t.ok(value * step <= max || value === 1 || (value - 1) * step < min, 'too long only if one less is too short')
    }),
    { numRuns: 500 },
  )
  t.ok(repaired > 100, `${repaired} repaired`)
  t.strictSame(
    deviations(
      { name: 'web', startupProbe: { failureThreshold: 3 } },
      { startupWindowSeconds: 100, startupProbe: { failureThreshold: { max: 3 } } },
    ),
    [{ probe: 'startupProbe', found: 'startup window 30s', needed: '100s' }],
    'but not against what the profile says of it',
  )
  t.end()
})

t.test(
  'without a startup probe liveness must have the patience of the window, of which only the lower end counts',
  (t) => {
    const found = (livenessProbe: Probe, startupWindowSeconds: Wanted) =>
      deviations({ name: 'web', livenessProbe }, { startupWindowSeconds })
    // 30 s of delay and 3 failures, one in 10 s.
    const minute = { initialDelaySeconds: 30 }
    const short = { probe: 'livenessProbe', found: 'no startupProbe, killed after 60s', needed: '61s' }
    for (const wanted of [61, { min: 61 }, { min: 61, max: 90 }]) t.strictSame(found(minute, wanted), [short])
    for (const wanted of [60, { min: 60 }, { min: 10, max: 20 }, { max: 20 }]) t.strictSame(found(minute, wanted), [])
    t.strictSame(deviations({ name: 'web' }, { startupWindowSeconds: { min: 61 } }), [], 'nobody kills it')
    t.end()
  },
)

t.test('the profiles that come along contradict themselves nowhere, at either end of their bounds', (t) => {
  for (const [name, profile] of Object.entries(defaultProfiles)) {
    for (const end of ['min', 'max'] as const) {
      const numberOf = (want: Wanted) => (typeof want === 'number' ? want : (want[end] ?? 0))
      const probe = (kind: ProbeName): Probe =>
        Object.fromEntries(Object.entries(profile[kind] ?? {}).map(([field, want]) => [field, numberOf(want)]))
      const container = { name, ...Object.fromEntries(probeNames.map((kind) => [kind, probe(kind)])) }
      t.strictSame(contradictions(container), [], `${name}, ${end}`)
      t.strictSame(deviations(container, profile), [], `${name}, ${end}`)
    }
  }
  t.end()
})

function workload(name: string, metadata: object = {}, podMetadata: object = {}): Workload {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...metadata },
    spec: { template: { metadata: podMetadata, spec: { containers: [] } } },
  } as KubeObject
  const read = readWorkload(object)
  if (read === undefined) throw new Error('is no workload')
  return read
}

t.test('a profile is chosen by the pod template, else by the workload, else by the longest name that fits', (t) => {
  const profiles = { any: { names: ['*'] }, ai: { names: ['web', 'ai-*'] }, one: { names: ['ai-worker'] }, none: {} }
  const annotation = 'evenkeel.dev/profile'
  const by = (profile: string) => ({ annotations: { [annotation]: profile } })
  const name = (...args: Parameters<typeof workload>) =>
    chosenProfile(workload(...args), profiles, { annotation })?.name
  t.equal(name('api'), 'any')
  t.equal(name('ai-api'), 'ai')
  t.equal(name('ai-worker'), 'one')
  const reversed = Object.fromEntries(Object.entries(profiles).reverse())
  t.equal(chosenProfile(workload('ai-worker'), reversed, { annotation })?.name, 'one', 'in whatever order they stand')
  t.equal(name('ai-worker', by('none')), 'none')
  t.equal(name('ai-worker', by('none'), by('any')), 'any')
  t.strictSame(
    chosenProfile(workload('api', {}, by('constructor')), profiles, { annotation }),
    { name: 'constructor', profile: undefined, at: '/spec/template/metadata/annotations/evenkeel.dev~1profile' },
    'what every object inherits is no profile',
  )
  t.equal(chosenProfile(workload('api'), profiles, { annotation: 'constructor' })?.name, 'any')
  t.equal(chosenProfile(workload('api'), { none: {} }, { annotation }), undefined)
  t.equal(chosenProfile(workload('api', { labels: { tier: 'ai' } }), profiles, { label: 'tier' })?.name, 'ai')
  t.equal(
    chosenProfile(workload('api', by('ai')), profiles, { label: 'tier', annotation })?.name,
    'any',
    'the label it is',
  )
  t.end()
})

t.test('what the API server fills in is known for the numbers of probes, and for nothing else', (t) => {
  t.equal(probeDefaultAt('/spec/template/spec/containers/0/livenessProbe/periodSeconds'), 10)
  t.equal(probeDefaultAt('/spec/template/spec/initContainers/12/startupProbe/failureThreshold'), 3)
  t.equal(probeDefaultAt('/spec/template/spec/containers/0/livenessProbe/constructor'), undefined)
  t.equal(probeDefaultAt('/spec/template/spec/containers/0/livenessProbe/httpGet/port'), undefined)
  t.equal(probeDefaultAt('/spec/periodSeconds'), undefined)
  t.end()
})
