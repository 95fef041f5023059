import { join } from '../kube/pointer.ts'
import { portNames, portNumber } from '../kube/ports.ts'
import type { Finding } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Container, PlacedContainer, ProbeHandler, Workload } from '../model/workload.ts'
import { once } from '../plain/once.ts'
import { nearest } from '../plain/suggest.ts'
import { chosenContainers } from '../rollout/container-choice.ts'

/** Who asks, and what comes of it that nothing can be asked: the kubelet throws a probe away that it cannot send (prober/worker.go). */
const askers = [
  { at: ['startupProbe'], of: (c: Container) => c.startupProbe, result: 'so never started' },
  { at: ['readinessProbe'], of: (c: Container) => c.readinessProbe, result: 'so never ready' },
  { at: ['livenessProbe'], of: (c: Container) => c.livenessProbe, result: 'so no hang is seen' },
  {
    at: ['lifecycle', 'postStart'],
    of: (c: Container) => c.lifecycle?.postStart,
    result: 'so it is killed',
  },
  { at: ['lifecycle', 'preStop'], of: (c: Container) => c.lifecycle?.preStop, result: 'so no delay' },
] as const

interface AskedPort {
  readonly action: string
  readonly port: number | string
}

/** A gRPC port is always a number; the tcpSocket of a hook is never asked (see require-pre-stop-hook). */
function askedPort(handler: ProbeHandler | undefined, isHook: boolean): AskedPort | undefined {
  if (handler?.httpGet?.port != null) return { action: 'httpGet', port: handler.httpGet.port }
  if (isHook || handler?.tcpSocket?.port == null) return undefined
  return { action: 'tcpSocket', port: handler.tcpSocket.port }
}

/** The first container that declares a port of that name, for each name. */
const declarers = once((all: readonly PlacedContainer[]): ReadonlyMap<string, string> => {
  const named = all.flatMap(({ container }) => portNames(container).map((port) => [port, container.name] as const))
  return new Map(named.reverse())
})

/** What may have been meant. */
function hint(name: string, container: Container, all: readonly PlacedContainer[]): string {
  if (/^[0-9]+$/.test(name)) return 'unquote the number'
  const own = portNames(container)
  const meant = nearest(name, own)
  if (meant !== undefined) return `did you mean "${meant}"?`
  const other = declarers(all).get(name)
  if (other !== undefined) return `${other} has it`
  // There is room for a few.
  if (own.length > 0) return `has ${own.slice(0, 9).join(', ')}`
  return (container.ports ?? []).length > 0 ? 'ports lack names' : 'declares none'
}

function findingsOf({ container, at }: PlacedContainer, all: readonly PlacedContainer[]): Finding[] {
  return askers.flatMap(({ at: segments, of, result }) => {
    const asked = askedPort(of(container), segments[0] === 'lifecycle')
    if (asked === undefined || portNumber(asked.port, container) !== undefined) return []
    const name = String(asked.port)
    const message = `no port "${name}" (${hint(name, container, all)}), ${result}`
    return [{ message, path: join(at, ...segments, asked.action, 'port'), container: container.name }]
  })
}

function check(workload: Workload, { view }: RuleContext<object>): CheckResult {
  const all = chosenContainers(workload, 'all', view)
  return 'skip' in all ? all : all.flatMap((placed) => findingsOf(placed, all))
}

export const requireProbePort: WorkloadRule = {
  id: 'require-probe-port',
  title: 'Every port that a probe or a hook asks by name is there',
  why: 'The API server does not compare names: a readiness probe that asks for a port its container does not declare is never sent, so no new pod becomes ready and the rollout hangs; a liveness probe is thrown away in silence.',
  remedy: 'Ask for a port name that the same container declares, or for the number.',
  category: 'health',
  severity: 'high',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: [],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'warn' },
  fix: 'none',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: { 'kube-linter': ['liveness-port', 'readiness-port', 'startup-port'] },
  check,
}
