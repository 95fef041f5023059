import { bypassReason } from '../engine/waiver.ts'
import type { Bypass, Policy } from '../model/policy.ts'

/** A condition that the API server evaluates itself (CEL), so that it holds when the webhook is dead. */
export interface MatchCondition {
  readonly name: string
  readonly expression: string
}

const update = "request.operation == 'UPDATE'"

/** Fields whose change never makes a rollout: scaling and pausing. */
const harmless = "['replicas', 'paused']"

const specChanged = `(
  object.spec.exists(k, !(k in ${harmless}) && k != 'template' && (!(k in oldObject.spec) || object.spec[k] != oldObject.spec[k])) ||
  oldObject.spec.exists(k, !(k in ${harmless}) && k != 'template' && !(k in object.spec))
)`

const restartedAt = "'kubectl.kubernetes.io/restartedAt'"

/** A template that differs in nothing but the annotation of \`kubectl rollout restart\`. */
const templateChanged = `(
  object.spec.?template.?spec != oldObject.spec.?template.?spec ||
  object.spec.?template.?metadata.?labels != oldObject.spec.?template.?metadata.?labels ||
  object.spec.?template.?metadata.?annotations.orValue({}).exists(k, k != ${restartedAt} &&
    oldObject.spec.?template.?metadata.?annotations[?k] != object.spec.?template.?metadata.?annotations[?k]) ||
  oldObject.spec.?template.?metadata.?annotations.orValue({}).exists(k, k != ${restartedAt} &&
    !object.spec.?template.?metadata.?annotations[?k].hasValue())
)`

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
}

/** Globs become CEL's own regular expressions (RE2). */
function oneOf(variable: string, globs: readonly string[]): string {
  const patterns = globs.map((glob) => glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'))
  return `${list(patterns.map((pattern) => `^${pattern}$`))}.exists(p, ${variable}.matches(p))`
}

function bypassConditions(bypass: Bypass): MatchCondition[] {
  const controllers =
    bypass.controllers.length === 0
      ? []
      : [
          {
            name: 'not-a-delivery-controller-on-what-it-owns',
            expression: `!(${oneOf('request.userInfo.username', bypass.controllers)} && object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false)))`,
          },
        ]
  const who = [
    ...(bypass.users.length > 0 ? [oneOf('request.userInfo.username', bypass.users)] : []),
    ...(bypass.groups.length > 0
      ? [`request.userInfo.?groups.orValue([]).exists(g, ${oneOf('g', bypass.groups)})`]
      : []),
  ]
  if (who.length === 0) return controllers
  const reason = `object.metadata.?annotations[?${JSON.stringify(bypassReason)}].orValue('') != ''`
  return [...controllers, { name: 'not-break-glass', expression: `!((${who.join(' || ')}) && ${reason})` }]
}

/**
 * What keeps the never-block cases away from the webhook altogether: unchanged specs (labels, finalizers, status), scaling,
 * pausing, restarts, objects on their way out, the system's controllers and those the policies name. A bypass that only some
 * of the policies grant stays the webhook's to judge.
 */
export function matchConditions(policies: readonly Policy[], systemUsers: readonly string[]): MatchCondition[] {
  const common = (key: keyof Bypass) =>
    (policies[0]?.bypass[key] ?? []).filter((entry) => policies.every(({ bypass }) => bypass[key].includes(entry)))
  const shared = { controllers: common('controllers'), users: common('users'), groups: common('groups') }
  return [
    { name: 'rollout-changes', expression: `!(${update}) || ${specChanged} || ${templateChanged}` },
    { name: 'not-on-its-way-out', expression: `!(${update}) || !has(oldObject.metadata.deletionTimestamp)` },
    { name: 'not-a-system-controller', expression: `!(${oneOf('request.userInfo.username', systemUsers)})` },
    ...bypassConditions(shared),
  ]
}
