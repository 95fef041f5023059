import { containerDefaults, type Quantities } from '../kube/pod-resources.ts'
import { podTotals } from '../kube/pod-totals.ts'
import { nanosOf } from '../kube/quantity.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'

type Totals = ReturnType<typeof podTotals>

/** What is left of a quota is less than the new pods take; billionths. */
export interface Shortage {
  readonly quota: string
  readonly resource: string
  readonly left: bigint
  readonly needed: bigint
}

/** Pods that are to be added beside `count` others of the workload. */
interface Growth {
  readonly count: number
  readonly added: number
}

interface QuotaSpec {
  readonly hard?: Quantities | null
  readonly scopes?: readonly string[] | null
  readonly scopeSelector?: object | null
}

/** What a pod takes of a quota's item; undefined if the item is not about pods (core evaluator, podComputeUsageHelper). */
function share(item: string, { requests, limits }: Totals): bigint | undefined {
  if (item === 'pods' || item === 'count/pods') return nanosOf(1)
  if (item.startsWith('limits.')) return limits[item.slice('limits.'.length)] ?? 0n
  if (item.startsWith('requests.')) return requests[item.slice('requests.'.length)] ?? 0n
  return /^(cpu|memory|ephemeral-storage|hugepages-.*)$/.test(item) ? (requests[item] ?? 0n) : undefined
}

/** A quota with scopes is for some pods only; that it leaves out those with a deadline makes no difference to a workload's. */
function isForAll({ scopes, scopeSelector }: QuotaSpec): boolean {
  return scopeSelector == null && (scopes ?? []).every((scope) => scope === 'NotTerminating')
}

/** What the new pods take too much; `unknown` where it is not in view how much the others take. */
function shortageOf(quota: KubeObject, totals: Totals, { count, added }: Growth): Shortage | 'unknown' | undefined {
  const { hard } = (quota['spec'] ?? {}) as QuotaSpec
  const { used } = (quota['status'] ?? {}) as { readonly used?: Quantities | null }
  const items = Object.entries(hard ?? {}).flatMap(([resource, limit]) => {
    const each = share(resource, totals) ?? 0n
    // Without a status at least the workload's own pods are there.
    const taken = used?.[resource] == null ? each * BigInt(count) : nanosOf(used[resource])
    return each > 0n ? [{ resource, left: nanosOf(limit) - taken, needed: each * BigInt(added) }] : []
  })
  const short = items.find(({ left, needed }) => left < needed)
  if (short) return { quota: quota.metadata.name ?? '', ...short }
  return items.some(({ resource }) => used?.[resource] == null) ? 'unknown' : undefined
}

/** Where the ResourceQuotas in view leave no room for more pods of the workload; `unknown` names those that may or may not. */
export function quotaRoom(
  { template, namespace }: Workload,
  growth: Growth,
  view: ClusterView,
): { readonly shortages: readonly Shortage[]; readonly unknown: readonly string[] } {
  const quotas = view.list('ResourceQuota', namespace)
  if (quotas.length === 0) return { shortages: [], unknown: [] }
  const totals = podTotals(template.spec ?? {}, containerDefaults(view, namespace))
  const results = quotas.map((quota) => {
    const isJudged = isForAll(quota['spec'] ?? {})
    return { name: quota.metadata.name ?? '', shortage: isJudged ? shortageOf(quota, totals, growth) : 'unknown' }
  })
  return {
    shortages: results.flatMap(({ shortage }) => (typeof shortage === 'object' ? [shortage] : [])),
    unknown: results.flatMap(({ name, shortage }) => (shortage === 'unknown' ? [name] : [])),
  }
}
