import type { Finding } from '../model/finding.ts'
import type { KubeObject } from '../model/object.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { CheckResult } from '../model/rule.ts'
import type { World } from '../model/world.ts'
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

/**
 * Tells of a rule's findings whether the old object had them already, as bad as now: at its own number of replicas or at the new one,
 * since a scale makes nothing worse. A rule about the change itself has no such excuse.
 */
export function ratchet(
  enabled: EnabledRule,
  policy: Policy,
  object: KubeObject,
  world: World,
): (finding: Finding) => boolean {
  const old = world.request?.oldObject
  if (old === undefined || enabled.rule.about === 'change') return () => false
  const { policies, view, now, defaulted } = world
  const degreesIn = (before: KubeObject): Degrees => {
    const subject = subjectOf(before, defaulted)
    if (!isJudgedBy(enabled.rule, subject)) return new Map()
    return degreesOf(checkRule(enabled, policy, subject, { policies, view, now, defaulted }))
  }
  const had = degreesIn(old)
  let scaled: Degrees | undefined
  return (finding) => {
    if (isAmong(had, finding)) return true
    if (!had.has(ratchetKey(finding))) return false
    scaled ??= degreesIn(scaledAs(object, old))
    return isAmong(scaled, finding)
  }
}
