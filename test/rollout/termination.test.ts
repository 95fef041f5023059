import fc from 'fast-check'
import t from 'tap'
import type { Container } from '../../src/model/workload.ts'
import { cutHooks, graceSeconds, longestHook } from '../../src/rollout/termination.ts'

const spelling = fc.constantFrom<(seconds: number) => object>(
  (seconds) => ({ sleep: { seconds } }),
  (seconds) => ({ exec: { command: ['sleep', `${seconds}`] } }),
  (seconds) => ({ exec: { command: ['/bin/sleep', `${seconds}s`] } }),
  (seconds) => ({ exec: { command: ['/bin/sh', '-c', `sleep ${seconds} && kill 1`] } }),
)
const container = fc.record({
  seconds: fc.option(fc.nat(60), { nil: undefined }),
  spelling,
  probeGrace: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  isSidecar: fc.boolean(),
})
type Drawn = typeof container extends fc.Arbitrary<infer T> ? T : never

function containerOf({ seconds, spelling: hookOf, probeGrace, isSidecar }: Drawn, index: number): Container {
  return {
    name: `c${index}`,
    ...(seconds === undefined ? {} : { lifecycle: { preStop: hookOf(seconds) } }),
    ...(probeGrace === undefined ? {} : { livenessProbe: { terminationGracePeriodSeconds: probeGrace } }),
    ...(isSidecar ? { restartPolicy: 'Always' } : {}),
  }
}

/** How long the hook of one container runs, and what is left after it, second by second from the order to stop. */
function stopped(grace: number, hook: number): { readonly ran: number; readonly left: number } {
  let ran = 0
  while (ran < hook && ran < grace) ran++
  return { ran, left: grace - ran }
}

t.test('what is left to every process of a pod is the grace period less the longest hook', (t) => {
  fc.assert(
    fc.property(fc.array(container, { minLength: 1, maxLength: 4 }), fc.nat(90), (drawn, grace) => {
      const all = drawn.map(containerOf)
      const template = {
        spec: {
          terminationGracePeriodSeconds: grace,
          containers: all.filter(({ restartPolicy }) => restartPolicy === undefined),
          initContainers: all.filter(({ restartPolicy }) => restartPolicy !== undefined),
        },
      }
      const { seconds, isWhole } = longestHook(template)
      const left = Math.min(...drawn.map(({ seconds: hook = 0 }) => stopped(grace, hook).left))
      t.equal(Math.max(0, graceSeconds(template) - seconds), left)
      t.ok(isWhole)
    }),
    { numRuns: 1000 },
  )
  t.equal(graceSeconds({}), 30, 'the default')
  t.end()
})

t.test("a hook is cut by a probe's restart if it does not run to its end in the probe's own grace period", (t) => {
  let cut = 0
  fc.assert(
    fc.property(container, (drawn) => {
      const { seconds = 0, probeGrace } = drawn
      const isCut = probeGrace !== undefined && stopped(probeGrace, seconds).ran < seconds
      t.strictSame(
        cutHooks(containerOf(drawn, 0)),
        isCut ? [{ probe: 'livenessProbe', graceSeconds: probeGrace, hookSeconds: seconds }] : [],
      )
      if (isCut) cut++
    }),
    { numRuns: 1000 },
  )
  t.ok(cut > 100, `${cut} of 1000 are cut`)
  t.end()
})

t.test('the length of a hook that cannot be read is not in the sum, and the answer says so', (t) => {
  const hooks = (...preStops: object[]) =>
    longestHook({ spec: { containers: preStops.map((preStop, i) => ({ name: `c${i}`, lifecycle: { preStop } })) } })
  const drain = { httpGet: { path: '/drain', port: 8080 } }
  t.strictSame(hooks(drain), { seconds: 0, isWhole: false })
  t.strictSame(hooks(drain, { sleep: { seconds: 9 } }), { seconds: 9, isWhole: false })
  t.strictSame(hooks(), { seconds: 0, isWhole: true })
  t.strictSame(longestHook({}), { seconds: 0, isWhole: true })
  const migrate = { name: 'migrate', lifecycle: { preStop: { sleep: { seconds: 50 } } } }
  t.strictSame(longestHook({ spec: { initContainers: [migrate] } }), { seconds: 0, isWhole: true }, 'over by then')
  t.end()
})
