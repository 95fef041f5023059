import type { ClusterView } from '../model/cluster-view.ts'
import type { Quantity } from '../model/object.ts'
import type { Container, PodSpec, Resources } from '../model/workload.ts'
import { nanosOf } from './quantity.ts'

/** By the resource's name. */
export type Quantities = Readonly<Record<string, Quantity>>

/** What a pod or container ends up with. */
export interface Effective {
  readonly requests: Quantities
  readonly limits: Quantities
}

interface LimitRangeItem {
  readonly type?: string
  readonly max?: Quantities | null
  readonly min?: Quantities | null
  readonly default?: Quantities | null
  readonly defaultRequest?: Quantities | null
}

/** What the LimitRanges in view give a container that says nothing (core/v1 SetDefaults_LimitRangeItem). Unknown ones count as none. */
export function containerDefaults(view: ClusterView, namespace: string): Effective {
  const ranges = view
    .list('LimitRange', namespace)
    .map(({ spec }) => (spec ?? {}) as { readonly limits?: LimitRangeItem[] | null })
  const items = ranges.flatMap(({ limits }) => limits ?? []).filter(({ type }) => type === 'Container')
  return items.reduce<Effective>(
    (all, { max, min, default: limit, defaultRequest }) => {
      const limits = { ...max, ...limit }
      return {
        limits: { ...all.limits, ...limits },
        requests: { ...all.requests, ...min, ...limits, ...defaultRequest },
      }
    },
    { requests: {}, limits: {} },
  )
}

function effective({ requests, limits }: Resources, defaults?: Effective): Effective {
  return {
    requests: { ...defaults?.requests, ...limits, ...requests },
    limits: { ...defaults?.limits, ...limits },
  }
}

/** A container in its pod: a limit stands in for a missing request (core/v1 SetDefaults_Pod), then a LimitRange's defaults do. */
export function containerResources({ resources }: Container, defaults: Effective): Effective {
  return effective(resources ?? {}, defaults)
}

/** What the pod as a whole asks for, beside its containers (`spec.resources`, on by default since 1.34). */
export function podResources({ resources }: PodSpec): Effective {
  return effective(resources ?? {})
}

/** Whether there is more of it than nothing. */
export function hasSome(quantities: Quantities, name: string): boolean {
  const quantity = quantities[name]
  return quantity !== undefined && nanosOf(quantity) > 0n
}
