import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject, LabelSelector } from '../model/object.ts'
import type { Container, PlacedContainer, Workload } from '../model/workload.ts'
import { once } from '../plain/once.ts'
import { appContainers, runningContainers } from './containers.ts'
import { selectorIndex } from './label-index.ts'
import { valueAt } from './pointer.ts'
import { ofTemplate } from './selector.ts'
import { objectNamed } from './view-of.ts'

interface ServicePort {
  readonly port: number
  readonly targetPort?: number | string | null
  readonly protocol?: string | null
}

interface ServiceSpec {
  readonly type?: string | null
  readonly clusterIP?: string | null
  readonly selector?: Readonly<Record<string, string>> | null
  readonly ports?: readonly ServicePort[] | null
}

/** Where a Service sends traffic in a pod: to a number, or to the container port of that name and protocol. */
export interface ServiceTarget {
  readonly port: number | string
  readonly protocol: string
}

function specOf(service: KubeObject): ServiceSpec {
  return service['spec'] ?? {}
}

/** By the API's defaults: `port` where `targetPort` is absent, 0 or "", and TCP (core/v1, SetDefaults_Service). */
export function targetsOf(service: KubeObject): ServiceTarget[] {
  return (specOf(service).ports ?? []).map(({ port, targetPort, protocol }) => ({
    port: targetPort || port,
    protocol: protocol ?? 'TCP',
  }))
}

/** Whether clients get the pods' own addresses, so that no port is translated on the way. */
export function isHeadless(service: KubeObject): boolean {
  return specOf(service).clusterIP === 'None'
}

/** The labels of the workload's pods; undefined if they are described in another object, which is not in view. */
export function podLabels(workload: Workload, view: ClusterView): Readonly<Record<string, string>> | undefined {
  const { template, templateRef, namespace } = workload
  if (templateRef === undefined) return template.metadata?.labels ?? {}
  const described = objectNamed(view, `${templateRef.kind}.apps`, namespace, templateRef.name)
  return described && ((valueAt(described, '/spec/template/metadata/labels') ?? {}) as Readonly<Record<string, string>>)
}

/**
 * What the pods' templates have to match. Without a selector somebody else writes its endpoints, and an ExternalName has none
 * (endpointslice controller, syncService). A label that controllers give (Argo Rollouts switches a Service to one revision by
 * `rollouts-pod-template-hash`) is in no template, and chooses among the pods of one.
 */
export function serviceSelector(service: KubeObject): LabelSelector | undefined {
  const { selector, type } = specOf(service)
  if (type === 'ExternalName' || Object.keys(selector ?? {}).length === 0) return undefined
  return { matchLabels: ofTemplate(selector ?? {}) }
}

const bySelector = once((services: readonly KubeObject[]) => selectorIndex(services, serviceSelector))

/** The Services that send traffic to the workload's pods; undefined when they, or the pods' labels, are unknown. */
export function servicesOf(workload: Workload, view: ClusterView): readonly KubeObject[] | undefined {
  const labels = podLabels(workload, view)
  if (labels === undefined || !view.knows('Service', workload.namespace)) return undefined
  return bySelector(view.list('Service', workload.namespace))(labels)
}

/** Whether traffic reaches the pods: false only if Services are known and none selects them. */
export function isRouted(workload: Workload, view: ClusterView): boolean {
  const services = servicesOf(workload, view)
  return services === undefined || services.length > 0
}

function declares(container: Container, target: number | string): boolean {
  return (container.ports ?? []).some((port) => port.containerPort === target || port.name === target)
}

/**
 * The containers that serve traffic: those (native sidecars, too) with a port that a Service targets; if Services are unknown or
 * target nothing that is declared, the app containers that declare a port; if none does, all of these.
 */
export function servingContainers(workload: Workload, view: ClusterView): PlacedContainer[] {
  const { template, at } = workload
  const containers = appContainers(template, at.template)
  const services = servicesOf(workload, view)
  if (services?.length === 0) return []
  const targets = (services ?? []).flatMap(targetsOf)
  const targeted = runningContainers(template, at.template).filter(({ container }) =>
    targets.some(({ port }) => declares(container, port)),
  )
  if (targeted.length > 0) return targeted
  const declaring = containers.filter(({ container }) => (container.ports ?? []).length > 0)
  return declaring.length > 0 ? declaring : containers
}
