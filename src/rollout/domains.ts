import { hostname } from '../kube/node-affinity.ts'
import type { KubeObject } from '../model/object.ts'
import type { Spread } from './surge-obstacles.ts'

/** The value of a topology's label; a node without a hostname label is a domain by its name. */
function domainOf(node: KubeObject, key: string): string | undefined {
  return node.metadata.labels?.[key] ?? (key === hostname ? node.metadata.name : undefined)
}

function domainsOf(nodes: readonly KubeObject[], key: string): ReadonlySet<string> {
  return new Set(nodes.flatMap((node) => domainOf(node, key) ?? []))
}

/** How many pods fit if no two may share a domain: any number if a node is in none (interpodaffinity, satisfyPodAntiAffinity). */
export function exclusiveCapacity(nodes: readonly KubeObject[], key: string): number {
  return nodes.some((node) => domainOf(node, key) === undefined) ? Infinity : domainsOf(nodes, key).size
}

/**
 * How many pods a spread constraint lets run: with a domain that counts but takes no pod, or fewer domains than `minDomains`, the
 * minimum stays 0 and no domain goes beyond maxSkew; else the emptiest always takes one more (podtopologyspread, Filter).
 */
export function spreadCapacity(
  { key, maxSkew, minDomains }: Pick<Spread, 'key' | 'maxSkew' | 'minDomains'>,
  eligible: readonly KubeObject[],
  counted: readonly KubeObject[],
): number {
  const open = domainsOf(eligible, key)
  const all = domainsOf(counted, key)
  const staysEmpty = all.size < minDomains || [...all].some((domain) => !open.has(domain))
  return staysEmpty || open.size === 0 ? open.size * maxSkew : Infinity
}
