import type { PodSpec } from '../model/workload.ts'
import { containerResources, type Effective, type Quantities } from './pod-resources.ts'
import { nanosOf } from './quantity.ts'

/** Billionths by the resource's name. */
export type Amounts = Readonly<Record<string, bigint>>

function amounts(quantities: Quantities | null | undefined): Amounts {
  return Object.fromEntries(Object.entries(quantities ?? {}).map(([name, quantity]) => [name, nanosOf(quantity)]))
}

function combined(a: Amounts, b: Amounts, combine: (a: bigint, b: bigint) => bigint): Amounts {
  return Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, combine(a[name] ?? 0n, b[name] ?? 0n)]),
  )
}

function sum(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => x + y)
}

function larger(a: Amounts, b: Amounts): Amounts {
  return combined(a, b, (x, y) => (x > y ? x : y))
}

/** All containers that run together, or an init container beside the native sidecars before it, whichever is more. */
function ofContainers({ containers, initContainers }: PodSpec, defaults: Effective, of: keyof Effective): Amounts {
  let sidecars: Amounts = {}
  let starting: Amounts = {}
  for (const container of initContainers ?? []) {
    const together = sum(sidecars, amounts(containerResources(container, defaults)[of]))
    starting = larger(starting, together)
    if (container.restartPolicy === 'Always') sidecars = together
  }
  const running = (containers ?? []).map((container) => amounts(containerResources(container, defaults)[of]))
  return larger(running.reduce(sum, sidecars), starting)
}

/** What one pod counts for, by scheduler and quota alike; what it asks for as a whole overrules its containers (component-helpers, PodRequests, PodLimits). */
export function podTotals(
  spec: PodSpec,
  defaults: Effective,
): { readonly requests: Amounts; readonly limits: Amounts } {
  const whole = { requests: amounts(spec.resources?.requests), limits: amounts(spec.resources?.limits) }
  const overhead = amounts(spec['overhead'] as Quantities | null | undefined)
  const limits = { ...ofContainers(spec, defaults, 'limits'), ...whole.limits }
  const limitedOverhead = Object.fromEntries(Object.entries(overhead).filter(([name]) => (limits[name] ?? 0n) > 0n))
  return {
    requests: sum({ ...whole.limits, ...ofContainers(spec, defaults, 'requests'), ...whole.requests }, overhead),
    limits: sum(limits, limitedOverhead),
  }
}
