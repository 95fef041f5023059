import type { ClusterView } from '../model/cluster-view.ts'
import type { Finding } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { CheckResult } from '../model/rule.ts'
import type { World } from '../model/world.ts'
import { claimsExemptionFrom } from './exempt.ts'
import { checkRule, type Failure, isJudgedBy, subjectOf } from './subject.ts'

/** Findings by what makes them the same before and after a change, with the worst degree of each; endless where a rule has none. */
type Degrees = ReadonlyMap<string, number>

/** Container (wherever it stands in its list), field, and what that is against. */
function ratchetKey({ path, container = '', against = '' }: Finding): string {
  return `${container} ${against} ${path.replace(/\/(containers|initContainers)\/\d+/, '/$1/*')}`
}

export function degreesOf(outcome: CheckResult | Failure): Degrees {
  const degrees = new Map<string, number>()
  for (const finding of 'length' in outcome ? outcome : []) {
    const key = ratchetKey(finding)
    degrees.set(key, Math.max(degrees.get(key) ?? -Infinity, finding.degree ?? Infinity))
  }
  return degrees
}

/** Whether the finding was among them, and no less bad. */
export function isAmong(degrees: Degrees, finding: Finding): boolean {
  const was = degrees.get(ratchetKey(finding))
  return was !== undefined && was >= (finding.degree ?? -Infinity)
}

/** The object at as many replicas as the other one has. */
function scaledAs(other: KubeObject, object: KubeObject): KubeObject {
  const { replicas } = (other['spec'] ?? {}) as { readonly replicas?: number }
  return { ...object, spec: { ...(object['spec'] as object | undefined), replicas } }
}

/** Where a finding comes from: it was there before, something changed around the object, or the object's own write brings it. */
export type Origin = 'before' | 'around' | 'write'

/**
 * Tells of a rule's findings where they come from. What the old object had is from before if it was as bad, at its own number of
 * replicas or at the new one: a scale makes nothing worse. A rule about the change itself has no such excuse, nor has what the old
 * object claimed an exemption for, which would otherwise never end.
 */
export function ratchet(
  enabled: EnabledRule,
  policy: Policy,
  object: KubeObject,
  world: World,
): (finding: Finding) => Origin {
  const { policies, now, defaulted } = world
  const old = world.request?.oldObject
  if (old === undefined || enabled.rule.about === 'change') return () => 'write'
  const degreesIn = (before: KubeObject, view: ClusterView): Degrees => {
    const subject = subjectOf(before, defaulted)
    if (!isJudgedBy(enabled.rule, subject)) return new Map()
    return degreesOf(checkRule(enabled, policy, subject, { policies, view, now, defaulted }))
  }
  const had = degreesIn(old, world.before ?? world.view)
  const scaled = lazily(() => degreesIn(scaledAs(object, old), world.view))
  // Without the write it would be there as well.
  const around = lazily(() => (world.before ? degreesIn(old, world.view) : had))
  const unchanged = claimsExemptionFrom(enabled.rule.id, old) ? 'write' : 'before'
  return (finding) => {
    const key = ratchetKey(finding)
    if (!had.has(key)) return around().has(key) ? 'around' : 'write'
    return isAmong(had, finding) || isAmong(scaled(), finding) ? unchanged : 'write'
  }
}

function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
