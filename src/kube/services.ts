import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { Container, PlacedContainer, Workload } from '../model/workload.ts'
import { appContainers } from './containers.ts'
import { matchesLabels } from './selector.ts'

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>
  readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[]
}

function specOf(service: KubeObject): ServiceSpec {
  return service['spec'] ?? {}
}

/** The Services that send traffic to the workload's pods; undefined when Services are unknown there. A Service without a selector selects nothing. */
export function servicesOf(workload: Workload, view: ClusterView): readonly KubeObject[] | undefined {
  if (!view.knows('Service', workload.namespace)) return undefined
  const labels = workload.template.metadata?.labels ?? {}
  return view.list('Service', workload.namespace).filter((service) => {
    const { selector } = specOf(service)
    return selector !== undefined && Object.keys(selector).length > 0 && matchesLabels(selector, labels)
  })
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
 * The app containers that serve traffic: those with a port that a Service targets; if Services are unknown, those that declare
 * a port; if none does, all. A routed pod none of whose containers declares the target is served by all that could be meant.
 */
export function servingContainers(workload: Workload, view: ClusterView): PlacedContainer[] {
  const containers = appContainers(workload.template, workload.at.template)
  const services = servicesOf(workload, view)
  if (services?.length === 0) return []
  const targets = (services ?? []).flatMap((s) => (specOf(s).ports ?? []).map((port) => port.targetPort ?? port.port))
  const targeted = containers.filter(({ container }) => targets.some((target) => declares(container, target)))
  if (targeted.length > 0) return targeted
  const declaring = containers.filter(({ container }) => (container.ports ?? []).length > 0)
  return declaring.length > 0 ? declaring : containers
}
