import { allContainers } from '../kube/containers.ts'
import { containerDefaults, containerResources, podResources, type Quantities } from '../kube/pod-resources.ts'
import { podTotals } from '../kube/pod-totals.ts'
import { nanosOf } from '../kube/quantity.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { PlacedContainer, Workload } from '../model/workload.ts'

/** By the resource's name, of a pod or a container. */
interface Resources<Amount> {
  readonly requests: Readonly<Record<string, Amount>>
  readonly limits: Readonly<Record<string, Amount>>
}

/** What is left of a quota is less than the new pods take; billionths. */
export interface Shortage {
  readonly quota: string
  readonly resource: string
  readonly left: bigint
  readonly needed: bigint
}

/** Pods that are to be added beside `count` others of the workload. */
export interface Growth {
  readonly count: number
  readonly added: number
}

interface QuotaSpec {
  readonly hard?: Quantities | null
  readonly scopes?: readonly string[] | null
  readonly scopeSelector?: object | null
}

/** What there is of a quota's item; undefined if it is not named, or is not about what pods take (core evaluator, podComputeUsageHelper). */
function named<Amount>(item: string, { requests, limits }: Resources<Amount>): Amount | undefined {
  if (item.startsWith('limits.')) return limits[item.slice('limits.'.length)]
  if (item.startsWith('requests.')) return requests[item.slice('requests.'.length)]
  return /^(cpu|memory|ephemeral-storage|hugepages-.*)$/.test(item) ? requests[item] : undefined
}

/** What a pod takes of it. */
function share(item: string, totals: Resources<bigint>): bigint {
  return item === 'pods' || item === 'count/pods' ? nanosOf(1) : (named(item, totals) ?? 0n)
}

function specOf(quota: KubeObject): QuotaSpec {
  return quota['spec'] ?? {}
}

/** A quota with scopes is for some pods only; that it leaves out those with a deadline makes no difference to a workload's. */
function isForAll(quota: KubeObject): boolean {
  const { scopes, scopeSelector } = specOf(quota)
  return scopeSelector == null && (scopes ?? []).every((scope) => scope === 'NotTerminating')
}

/** What the new pods take too much; `unknown` where it is not in view how much the others take. */
function shortageOf(
  quota: KubeObject,
  totals: Resources<bigint>,
  { count, added }: Growth,
): Shortage | 'unknown' | undefined {
  const { hard } = specOf(quota)
  const { used } = (quota['status'] ?? {}) as { readonly used?: Quantities | null }
  const items = Object.entries(hard ?? {}).flatMap(([resource, limit]) => {
    const each = share(resource, totals)
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
    return {
      name: quota.metadata.name ?? '',
      shortage: isForAll(quota) ? shortageOf(quota, totals, growth) : 'unknown',
    }
  })
  return {
    shortages: results.flatMap(({ shortage }) => (typeof shortage === 'object' ? [shortage] : [])),
    unknown: results.flatMap(({ name, shortage }) => (shortage === 'unknown' ? [name] : [])),
  }
}

/** A container that has to name resources, since a quota counts them. */
export interface Demand {
  readonly quota: string
  readonly container: PlacedContainer
  /** As the quota calls them: `cpu`, `requests.memory`, `limits.cpu` … */
  readonly resources: readonly string[]
  /** Not if the quota is for some pods only, or if a LimitRange that is not in view may name them. */
  readonly isCertain: boolean
}

/** What every container has to name where it is counted, unless the pod as a whole names any; other resources may go unnamed. */
const demanded = /^((requests|limits)\.)?(cpu|memory)$/

/** What containers lack, LimitRanges in view included, for the API server to create a pod at all (core evaluator, Constraints). */
export function quotaDemands({ template, namespace, at }: Workload, view: ClusterView): readonly Demand[] {
  const quotas = view.list('ResourceQuota', namespace)
  if (quotas.length === 0 || Object.keys(podResources(template.spec ?? {}).requests).length > 0) return []
  const defaults = containerDefaults(view, namespace)
  return quotas.flatMap((quota) => {
    const isCertain = isForAll(quota) && view.knows('LimitRange', namespace)
    const items = Object.keys(specOf(quota).hard ?? {}).filter((item) => demanded.test(item))
    return allContainers(template, at.template).flatMap((container) => {
      const own = containerResources(container.container, defaults)
      const resources = items.filter((item) => named(item, own) === undefined)
      return resources.length > 0 ? [{ quota: quota.metadata.name ?? '', container, resources, isCertain }] : []
    })
  })
}
