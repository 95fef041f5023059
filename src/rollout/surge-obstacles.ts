import { runningContainers } from '../kube/containers.ts'
import { hostname } from '../kube/node-affinity.ts'
import { join } from '../kube/pointer.ts'
import { demandsOf, matchesSelector } from '../kube/selector.ts'
import type { JsonPointer, LabelSelector } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'

/** Something that no two pods can have in one place. */
export interface Exclusive {
  readonly what: string
  readonly path: JsonPointer
  readonly container?: string
  /** The label whose values tell the places apart. */
  readonly key: string
}

/** Ports of the node itself; on the host's network every declared port is one (core/v1, defaultHostNetworkPorts). */
export function hostPorts({ template, at }: Workload): Exclusive[] {
  const isOnHost = template.spec?.['hostNetwork'] === true
  const containers = runningContainers(template, at.template)
  return containers.flatMap(({ container: { name, ports }, at }) =>
    (ports ?? []).flatMap(({ hostPort, containerPort }, i) => {
      const port = hostPort || (isOnHost ? containerPort : 0)
      if (!port) return []
      return [{ what: `hostPort ${port}`, path: join(at, 'ports', i), container: name, key: hostname }]
    }),
  )
}

/** What both kinds of terms say of the pods that they keep apart. */
interface Term {
  readonly topologyKey?: string | null
  readonly labelSelector?: LabelSelector | null
  readonly matchLabelKeys?: readonly string[] | null
}

/** Whether the label is one by which controllers tell the revisions of a workload apart. */
function isOfRevision(key: string): boolean {
  return /(pod-template|controller-revision)-hash$/.test(key)
}

/** Whether old and new pods of the workload are among them: not if the label that tells its revisions apart has to match. */
function keepsApart({ labelSelector, matchLabelKeys }: Term, { template }: Workload): boolean {
  const isByRevision = (matchLabelKeys ?? []).some(isOfRevision)
  return !isByRevision && matchesSelector(labelSelector, template.metadata?.labels ?? {})
}

interface AntiAffinityTerm extends Term {
  readonly mismatchLabelKeys?: readonly string[] | null
  readonly namespaces?: readonly string[] | null
  readonly namespaceSelector?: LabelSelector | null
}

interface Affinity {
  readonly podAntiAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly AntiAffinityTerm[] | null
  } | null
}

/** Whether pods of the namespace are meant; undefined where its labels tell. Names and selector add up (interpodaffinity, AffinityTerm.Matches). */
function isAbout(namespace: string, { namespaces, namespaceSelector }: AntiAffinityTerm): boolean | undefined {
  if (namespaces?.includes(namespace)) return true
  if (namespaceSelector == null) return (namespaces ?? []).length === 0
  return demandsOf(namespaceSelector) === 0 || undefined
}

/** Whether pods may be together though they match: not if a label of theirs must not be alike; undefined where that tells revisions apart. */
function mayMeet({ mismatchLabelKeys }: AntiAffinityTerm, { template }: Workload): boolean | undefined {
  const keys = mismatchLabelKeys ?? []
  if (keys.some((key) => Object.hasOwn(template.metadata?.labels ?? {}, key))) return true
  return keys.some(isOfRevision) ? undefined : false
}

/** Whether the term keeps the workload's own pods apart from each other; undefined where that cannot be told from the workload. */
function keepsOwnApart(term: AntiAffinityTerm, workload: Workload): boolean | undefined {
  const [isOwn, areFree] = [isAbout(workload.namespace, term), mayMeet(term, workload)]
  if (isOwn === false || areFree === true || !keepsApart(term, workload)) return false
  return (isOwn === true && areFree === false) || undefined
}

/** What keeps the workload's pods apart from each other by required anti-affinity; `isOpen` where more of it may. */
export function antiAffinity(workload: Workload): {
  readonly exclusives: readonly Exclusive[]
  readonly isOpen: boolean
} {
  const { podAntiAffinity } = (workload.template.spec?.['affinity'] ?? {}) as Affinity
  const path = join(workload.at.template, 'spec', 'affinity', 'podAntiAffinity')
  const terms = (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => ({
    key: term.topologyKey ?? hostname,
    apart: keepsOwnApart(term, workload),
  }))
  return {
    exclusives: terms.flatMap(({ key, apart }) => (apart ? [{ what: 'anti-affinity', path, key }] : [])),
    isOpen: terms.some(({ apart }) => apart === undefined),
  }
}

interface SpreadConstraint extends Term {
  readonly maxSkew?: number | null
  readonly minDomains?: number | null
  readonly whenUnsatisfiable?: string | null
  readonly nodeAffinityPolicy?: string | null
  readonly nodeTaintsPolicy?: string | null
}

/** A topology spread constraint over the workload's pods that is no mere wish. */
export interface Spread {
  readonly path: JsonPointer
  readonly key: string
  readonly maxSkew: number
  readonly minDomains: number
  /** Which nodes' domains count, whether they take pods or not. */
  readonly counts: { readonly affinity: boolean; readonly taints: boolean }
}

/** Defaults: one domain at least, nodes that the pod's affinity leaves out do not count, tainted ones do (core/v1, TopologySpreadConstraint). */
export function spreads(workload: Workload): Spread[] {
  const constraints = (workload.template.spec?.['topologySpreadConstraints'] ?? []) as readonly SpreadConstraint[]
  return constraints.flatMap((constraint, i) => {
    const { topologyKey, maxSkew, minDomains, whenUnsatisfiable, nodeAffinityPolicy, nodeTaintsPolicy } = constraint
    if (whenUnsatisfiable === 'ScheduleAnyway' || !keepsApart(constraint, workload)) return []
    const path = join(workload.at.template, 'spec', 'topologySpreadConstraints', i)
    const counts = { affinity: nodeAffinityPolicy !== 'Ignore', taints: nodeTaintsPolicy === 'Honor' }
    return [{ path, key: topologyKey ?? hostname, maxSkew: maxSkew ?? 1, minDomains: minDomains ?? 1, counts }]
  })
}
