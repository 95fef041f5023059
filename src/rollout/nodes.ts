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

/** How many nodes a DaemonSet's `nodeSelector` and `tolerations` leave; undefined when nodes are unknown or affinity decides, too. */
export function nodeCount(workload: Workload, view: ClusterView): number | undefined {
  const { nodeSelector, affinity, tolerations } = workload.template.spec ?? {}
  if (!view.knows('Node') || affinity != null) return undefined
  const wanted = (nodeSelector ?? {}) as Readonly<Record<string, string>>
  const tolerated = (tolerations ?? []) as readonly Toleration[]
  return view
    .list('Node', '')
    .filter((node) => matchesLabels(wanted, node.metadata.labels ?? {}) && !isKeptOff(node, tolerated)).length
}
