import { matchesLabels } from '../kube/selector.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Workload } from '../model/workload.ts'

/** How many nodes a DaemonSet's `nodeSelector` leaves; undefined when nodes are unknown or affinity decides, too. */
export function nodeCount(workload: Workload, view: ClusterView): number | undefined {
  const { nodeSelector, affinity } = workload.template.spec ?? {}
  if (!view.knows('Node') || affinity != null) return undefined
  const wanted = (nodeSelector ?? {}) as Readonly<Record<string, string>>
  return view.list('Node', '').filter((node) => matchesLabels(wanted, node.metadata.labels ?? {})).length
}
