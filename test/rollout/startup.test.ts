import fc from 'fast-check'
import t from 'tap'
import { probeDefaults, timingOf } from '../../src/kube/probe.ts'
import type { Container, Probe } from '../../src/model/workload.ts'
import { longestStart, patienceSeconds, shortestHangSeconds, soonestKillSeconds } from '../../src/rollout/startup.ts'

const timing = fc.record(
  {
    initialDelaySeconds: fc.nat(20),
    periodSeconds: fc.nat(12),
    timeoutSeconds: fc.nat(15),
    failureThreshold: fc.nat(6),
    successThreshold: fc.nat(3),
  },
  { requiredKeys: [] },
)
/** When, within a period, the kubelet's ticker meets the container's start. */
const phase = fc.nat(11)

/** What the API server makes of a probe: 0 is nothing written, but for the delay. */
function filled(probe: Probe) {
  return {
    delay: probe.initialDelaySeconds ?? 0,
    period: probe.periodSeconds || 10,
    timeout: probe.timeoutSeconds || 1,
    failures: probe.failureThreshold || 3,
    successes: probe.successThreshold || 1,
  }
}

type Answer = 'yes' | 'refused' | 'silence'

/**
 * The kubelet's worker (prober/worker.go): a ticker that holds one tick back while a check is under way, nothing asked before the
 * delay is over. `answer` is what a check gets that is sent at a second; silence takes as long as the timeout.
 */
function probed(probe: Probe, first: number, answer: (second: number) => Answer) {
  const { delay, period, timeout, failures } = filled(probe)
  let failed = 0
  let busyUntil = 0
  for (let tick = first % period; tick < 3000; tick += period) {
    const second = Math.max(tick, busyUntil)
    if (second < delay || second >= tick + period) continue
    const said = answer(second)
    if (said === 'yes') failed = 0
    else failed++
    busyUntil = said === 'silence' ? second + timeout : second
    if (failed === failures) return { killed: busyUntil }
    if (said === 'yes') return { well: second }
  }
  throw new Error('nobody was asked')
}

t.test('a probe has the defaults of the API server, also where 0 is written', (t) => {
  t.strictSame(timingOf({}), probeDefaults)
  t.strictSame(timingOf({ periodSeconds: 0, timeoutSeconds: 0, failureThreshold: 0 }), probeDefaults)
  t.strictSame(timingOf({ initialDelaySeconds: 7, periodSeconds: 3 }), {
    ...probeDefaults,
    initialDelaySeconds: 7,
    periodSeconds: 3,
  })
  t.end()
})

t.test('a container that refuses every check is killed at the soonest moment or less than a period later', (t) => {
  let exact = 0
  fc.assert(
    fc.property(timing, phase, (probe, first) => {
      const { killed = -1 } = probed(probe, first, () => 'refused')
      const soonest = soonestKillSeconds(probe)
      t.ok(killed >= soonest, JSON.stringify({ probe, first, killed, soonest }))
      t.ok(killed < soonest + filled(probe).period, JSON.stringify({ probe, first, killed, soonest }))
      t.ok(killed < patienceSeconds(probe), 'patience has an end')
      if (killed === soonest) exact++
    }),
    { numRuns: 1000 },
  )
  t.ok(exact > 50, `${exact} of 1000 at the soonest moment`)
  t.end()
})

t.test('what comes up only after the patience of its probe is killed; what is found well came up before', (t) => {
  const ends = { well: 0, killed: 0 }
  const before = fc.constantFrom<Answer>('refused', 'silence')
  fc.assert(
    fc.property(timing, phase, fc.nat(150), before, (probe, first, up, early) => {
      const { well } = probed(probe, first, (second) => (second >= up ? 'yes' : early))
      const patience = patienceSeconds(probe)
      const what = JSON.stringify({ probe, first, up, well, patience })
      if (up >= patience) t.equal(well, undefined, what)
      if (well !== undefined) t.ok(well < Math.max(patience, 1), what)
      ends[well === undefined ? 'killed' : 'well']++
    }),
    { numRuns: 3000 },
  )
  t.ok(ends.well > 500 && ends.killed > 500, JSON.stringify(ends))
  t.end()
})

t.test('a silence no longer than the shortest hang has nobody killed, and a somewhat longer one can', (t) => {
  let killed = 0
  fc.assert(
    fc.property(timing, phase, fc.nat(4), (probe, first, more) => {
      const running = { ...probe, initialDelaySeconds: 0 }
      const shortest = shortestHangSeconds(running)
      // The silence begins with a check, the worst moment for it; a check is answered if the silence is over before its timeout.
      const { period, timeout } = filled(running)
      const from = first % period
      const answerIn = (length: number) => (second: number) => (second + timeout >= from + length ? 'yes' : 'silence')
      t.equal(probed(running, first, answerIn(shortest)).killed, undefined, JSON.stringify({ probe, first, shortest }))
      if (probed(running, first, answerIn(shortest + more)).killed !== undefined) killed++
    }),
    { numRuns: 1000 },
  )
  t.ok(killed > 300, `${killed} of 1000 silences that were 0 to 4 seconds longer`)
  t.end()
})

t.test('a container that its startup probe lets live is ready within its longest start', (t) => {
  let compared = 0
  fc.assert(
    fc.property(timing, timing, phase, phase, fc.nat(80), (startupProbe, readinessProbe, first, second, up) => {
      const { well } = probed(startupProbe, first, (at) => (at >= up ? 'yes' : 'refused'))
      if (well === undefined) return
      const { delay, period, successes } = filled(readinessProbe)
      const from = Math.max(well, delay)
      const phaseOf = second % period
      const asked = from + ((((phaseOf - from) % period) + period) % period)
      const ready = asked + (successes - 1) * period
      const container: Container = { name: 'web', startupProbe, readinessProbe }
      const { seconds, unbounded } = longestStart({ spec: { containers: [container] } })
      t.equal(unbounded, undefined)
      t.ok(ready <= seconds, JSON.stringify({ startupProbe, readinessProbe, first, second, up, ready, seconds }))
      compared++
    }),
    { numRuns: 2000 },
  )
  t.ok(compared > 300, `${compared} compared`)
  t.end()
})

t.test('the longest start of a pod: init containers one after another, then the app side by side', (t) => {
  const startupProbe: Probe = { failureThreshold: 6 }
  const readinessProbe: Probe = { periodSeconds: 5 }
  const sidecar = (name: string, more: Partial<Container> = {}): Container => ({
    name,
    restartPolicy: 'Always',
    ...more,
  })
  const start = (containers: Container[], ...initContainers: Container[]) =>
    longestStart({ spec: { containers, initContainers } })
  const web: Container = { name: 'web', startupProbe }
  t.strictSame(start([{ name: 'web' }]), { seconds: 0 }, 'without probes it is ready as soon as it runs')
  t.strictSame(start([web]), { seconds: 60 })
  t.strictSame(start([web, { ...web, name: 'slow', readinessProbe }]), { seconds: 65 }, 'the slowest')
  t.strictSame(
    start([web], sidecar('a', { startupProbe }), sidecar('b', { startupProbe })),
    { seconds: 180 },
    'in sequence',
  )
  t.strictSame(
    start([web], sidecar('a', { readinessProbe, startupProbe })),
    { seconds: 120 },
    'readiness holds up nobody',
  )
  t.strictSame(start([{ name: 'web' }], sidecar('a', { readinessProbe, startupProbe })), { seconds: 65 })
  t.match(start([web], sidecar('a', { readinessProbe })), { seconds: 60, unbounded: /container a/ })
  t.match(start([web], { name: 'migrate' }), { seconds: 60, unbounded: /init container migrate/ })
  t.match(start([{ name: 'web', readinessProbe }]), { seconds: 5, unbounded: /container web/ })
  t.strictSame(
    start([{ name: 'web', readinessProbe, livenessProbe: {} }]),
    { seconds: 35 },
    'liveness bounds the start',
  )
  t.strictSame(start([{ name: 'web', livenessProbe: {} }]), { seconds: 0 }, 'nobody waits for liveness')
  t.strictSame(longestStart({}), { seconds: 0 })
  t.end()
})
