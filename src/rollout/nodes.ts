import { fitsNodeAffinity, hostname, type NodeAffinity, requiresOneNode } from '../kube/node-affinity.ts'
import { matchesLabels } from '../kube/selector.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'

interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

interface Toleration {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

/** Taints that the DaemonSet controller makes its pods tolerate (daemon/util, AddOrUpdateDaemonPodTolerations). */
const toleratedByAll = /^node\.kubernetes\.io\/(not-ready|unreachable|(disk|memory|pid)-pressure|unschedulable)$/

/** A toleration without a key tolerates every key, one without an effect every effect (component-helpers, ToleratesTaint). */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')
}

function isKeptOff(node: KubeObject, tolerations: readonly Toleration[]): boolean {
  const { taints } = (node['spec'] ?? {}) as { readonly taints?: readonly Taint[] }
  return (taints ?? []).some(
    (taint) =>
      taint.effect !== 'PreferNoSchedule' &&
      !toleratedByAll.test(taint.key) &&
      !tolerations.some((toleration) => tolerates(toleration, taint)),
  )
}

/** By what labels and affinity the pods choose their nodes. */
function wishesOf({ template }: Workload) {
  const { nodeSelector, affinity } = template.spec ?? {}
  const { nodeAffinity } = (affinity ?? {}) as { readonly nodeAffinity?: NodeAffinity | null }
  return { wanted: (nodeSelector ?? {}) as Readonly<Record<string, string>>, nodeAffinity }
}

/** Which of a pod's wishes a node has to meet. */
interface Asked {
  readonly affinity: boolean
  readonly taints: boolean
}

/**
 * The nodes that the pods may be put on, or that meet a part of what is asked; undefined when nodes are unknown. Without one in view
 * they always are: who calls files complete does not mean the machines. Taints that come and go with a node's health count for no pod.
 */
export function nodesFor(
  workload: Workload,
  view: ClusterView,
  asked: Asked = { affinity: true, taints: true },
): readonly KubeObject[] | undefined {
  const nodes = view.list('Node', '')
  if (nodes.length === 0) return undefined
  const { wanted, nodeAffinity } = wishesOf(workload)
  const tolerated = (workload.template.spec?.['tolerations'] ?? []) as readonly Toleration[]
  return nodes
    .filter((node) => !asked.taints || !isKeptOff(node, tolerated))
    .filter((node) => !asked.affinity || matchesLabels(wanted, node.metadata.labels ?? {}))
    .filter((node) => !asked.affinity || fitsNodeAffinity(nodeAffinity, node))
}

/** Whether all pods of the workload run on the same node: it asks for one by name, or there is no other for them. */
export function isOnOneNode(workload: Workload, view: ClusterView): boolean {
  const { wanted, nodeAffinity } = wishesOf(workload)
  return wanted[hostname] !== undefined || requiresOneNode(nodeAffinity) || nodesFor(workload, view)?.length === 1
}

/** How many nodes a DaemonSet's `nodeSelector` and `tolerations` leave; undefined when nodes are unknown or affinity decides, too. */
export function nodeCount(workload: Workload, view: ClusterView): number | undefined {
  return workload.template.spec?.['affinity'] == null ? nodesFor(workload, view)?.length : undefined
}
