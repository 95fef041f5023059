import type { Finding } from '../model/finding.ts'
import type { EnabledRule, Policy } from '../model/policy.ts'
import type { World } from '../model/world.ts'
import { checkRule, isJudgedBy, subjectOf } from './subject.ts'

/** What makes a finding the same one before and after a change: container (wherever it stands in its list), field, and what that is against. */
export function ratchetKey({ path, container = '', against = '' }: Finding): string {
  return `${container} ${against} ${path.replace(/\/(containers|initContainers)\/\d+/, '/$1/*')}`
}

/** Keys of what the rule found wrong with the old object already. A rule about the change itself has no such excuse. */
export function knownKeys(enabled: EnabledRule, policy: Policy, world: World): ReadonlySet<string> {
  const before = world.request?.oldObject
  if (before === undefined || enabled.rule.about === 'change') return new Set()
  const subject = subjectOf(before, world.defaulted)
  if (!isJudgedBy(enabled.rule, subject)) return new Set()
  const { policies, view, now, defaulted } = world
  const outcome = checkRule(enabled, policy, subject, { policies, view, now, defaulted })
  return new Set('length' in outcome ? outcome.map(ratchetKey) : [])
}
