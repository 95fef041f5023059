import { isEqual } from '../kube/equal.ts'
import { valueAt } from '../kube/pointer.ts'
import type { Fix, Operation } from '../model/finding.ts'
import type { EnabledRule } from '../model/policy.ts'
import type { ChangeKind } from '../model/request.ts'
import type { World } from '../model/world.ts'
import { isAppliedBetween } from './authorship.ts'
import { fixClasses, type Purpose } from './fix-class.ts'
import type { Subject } from './subject.ts'

/** Whether the rule's fixes are for this purpose at all: by their class, and at admission by the policy's mode, too. */
export function isFixable({ rule, fix }: EnabledRule, purpose: Purpose): boolean {
  return fixClasses[rule.fix][purpose] && (purpose === 'offer' || fix !== 'off')
}

/** On an update that leaves the template alone, touching the template would start a rollout that nobody asked for. */
function fitsChange(fix: Fix, subject: Subject, change: ChangeKind | undefined): boolean {
  if (change === undefined || change === 'create' || change === 'template') return true
  const template = subject.workload?.at.template ?? ''
  return change === 'settings' && !fix.some(({ path }) => path.startsWith(template))
}

/**
 * What merely stayed from before is no choice if a webhook filled it in: what it fills in now would be something else. A rule about
 * the change judges what this write brings: there it is none unless this write applies it again. And what stands in the way of what
 * the write brings goes, unless anybody applies it.
 */
function isChosen({ op, path }: Operation, enabled: EnabledRule, subject: Subject, world: World): boolean {
  const { object, authorship } = subject
  const before = world.request?.oldObject
  if (before !== undefined && isEqual(valueAt(before, path), valueAt(object, path))) {
    if (op === 'remove') return authorship.isApplied(path)
    if (enabled.rule.about === 'change' && !isAppliedBetween(before, object, path)) return false
    return authorship.wrote(path) && !authorship.isFilledIn(path)
  }
  return authorship.wrote(path)
}

/** Whether the webhook applies the fix under this policy: its mode, the kind of change, and whether an author chose the fields. */
export function appliesAtAdmission(fix: Fix, enabled: EnabledRule, subject: Subject, world: World): boolean {
  if (!isFixable(enabled, 'admission')) return false
  if (!fitsChange(fix, subject, world.request?.change)) return false
  return enabled.fix === 'override' || !fix.some((operation) => isChosen(operation, enabled, subject, world))
}
