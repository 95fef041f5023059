import fc from 'fast-check'
import t from 'tap'
import { endpointOf } from '../../src/kube/endpoint.ts'
import { isEqual } from '../../src/kube/equal.ts'
import type { ProbeHandler } from '../../src/model/workload.ts'

t.test('two probes have the same endpoint if, and only if, the kubelet would send the same', (t) => {
  const ports = [
    { name: 'http', containerPort: 8080 },
    { name: 'web', containerPort: 8080 },
    { name: 'admin', containerPort: 9000 },
  ]
  const numbers: Readonly<Record<string, number>> = { http: 8080, web: 8080, admin: 9000 }
  const port = fc.constantFrom<number | string>('http', 'web', 'admin', 8080, 9000)
  const optional = <T>(...values: T[]) => fc.constantFrom(undefined, ...values)
  const get = fc.record({
    port,
    path: optional('', '/', 'ready', '/ready'),
    scheme: optional('HTTP', 'HTTPS'),
    host: optional('', 'db'),
  })
  type Get = typeof get extends fc.Arbitrary<infer T> ? T : never
  /** The request line as the kubelet builds it. */
  const url = (probe: Get) =>
    `${probe.scheme ?? 'HTTP'}://${probe.host || 'POD'}:${typeof probe.port === 'number' ? probe.port : (numbers[probe.port] ?? 0)}${probe.path?.startsWith('/') ? '' : '/'}${probe.path ?? ''}`
  const container = { name: 'web', ports }
  const partsOf = (httpGet: Get) => endpointOf({ httpGet } as ProbeHandler, container)?.parts
  fc.assert(
    fc.property(get, get, (one, other) => {
      t.equal(isEqual(partsOf(one), partsOf(other)), url(one) === url(other), `${url(one)} ${url(other)}`)
    }),
    { numRuns: 2000 },
  )
  t.equal(endpointOf({}, container), undefined)
  t.end()
})
