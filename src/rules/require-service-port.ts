import { describedElsewhere, runningContainers } from '../kube/containers.ts'
import { isHeadless, type ServiceTarget, servicesOf, targetsOf } from '../kube/services.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonPointer, KubeObject } from '../model/object.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { ContainerPort, Workload } from '../model/workload.ts'

interface DeclaredPort {
  readonly port: ContainerPort
  readonly at: JsonPointer
  readonly container: string
}

/** What the pods offer, and where a port that they lack would be declared. */
interface Offer {
  readonly ports: readonly DeclaredPort[]
  readonly home: Pick<Finding, 'path' | 'container'>
}

/** Ports count on app containers and native sidecars, not on plain init containers (pod util, FindPort). */
function offerOf({ template, at }: Workload): Offer {
  const containers = runningContainers(template, at.template)
  const ports = containers.flatMap(({ container, at: place }) =>
    (container.ports ?? []).map((port, i) => ({ port, at: `${place}/ports/${i}`, container: container.name })),
  )
  const [only] = containers
  const isOnly = only !== undefined && containers.length === 1
  const home = isOnly
    ? { path: `${only.at}/ports`, container: only.container.name }
    : { path: `${at.template}/spec/containers` }
  return { ports, home }
}

function numberFault(port: number, { ports, home }: Offer): Finding | undefined {
  const declared = [...new Set(ports.map((declaredPort) => declaredPort.port.containerPort))]
  if (declared.length === 0 || declared.includes(port)) return undefined
  return {
    message: `port ${port}, but the containers declare ${declared.join(', ')}: connections may be refused`,
    ...home,
  }
}

function nameFault(name: string, protocol: string, { ports, home }: Offer): Finding | undefined {
  const named = ports.filter(({ port }) => port.name === name)
  if (named.some(({ port }) => (port.protocol ?? 'TCP') === protocol)) return undefined
  const [other] = named
  if (other === undefined)
    return { message: `port "${name}", which no container declares: no traffic arrives`, ...home }
  const message = `port "${name}" over ${protocol}, declared as ${other.port.protocol ?? 'TCP'}: no traffic arrives`
  return { message, path: `${other.at}/protocol`, container: other.container }
}

/** A headless Service translates no numbers; by its names SRV records are made. */
function faultOf({ port, protocol }: ServiceTarget, service: KubeObject, offer: Offer): Finding | undefined {
  if (typeof port === 'string') return nameFault(port, protocol, offer)
  return isHeadless(service) ? undefined : numberFault(port, offer)
}

function faultsOf(service: KubeObject, offer: Offer): Finding[] {
  const name = service.metadata.name ?? ''
  const targets = new Map(targetsOf(service).map((target) => [`${name} ${target.protocol} ${target.port}`, target]))
  return [...targets].flatMap(([against, target]) => {
    const fault = faultOf(target, service, offer)
    return fault ? [{ ...fault, message: `Service ${name} sends to ${fault.message}`, against }] : []
  })
}

function check(workload: Workload, { view }: RuleContext<object>): CheckResult {
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const services = servicesOf(workload, view) ?? []
  if (services.length === 0) return { skip: 'no Service sends traffic to its pods' }
  const offer = offerOf(workload)
  return services.flatMap((service) => faultsOf(service, offer))
}

export const requireServicePort: WorkloadRule = {
  id: 'require-service-port',
  title: 'Every port that a Service sends traffic to is there in the new pods',
  why: 'A container port that is renamed or moved while a Service still asks for the old one gives ready pods and a rollout that counts as done, and every request is refused.',
  remedy: 'Declare the port that the Service targets; to rename one, declare both until the Service has moved on.',
  category: 'availability',
  severity: 'critical',
  judges: 'workload',
  affectedBy: ['Service'],
  needs: ['Service'],
  uses: [],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'warn' },
  fix: 'none',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: {},
  check,
}
