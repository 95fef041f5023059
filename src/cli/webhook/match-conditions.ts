import { harmlessFields, restartedAt } from '../../engine/change.ts'
import { fits, list, not } from './cel.ts'

/** A condition that the API server evaluates itself (CEL), so that it holds when the webhook is dead. */
export interface MatchCondition {
  readonly name: string
  readonly expression: string
}

const update = "request.operation == 'UPDATE'"

/** Beyond this many keys maps are compared as a whole: CEL's loops take time by the square, and have a budget. */
const manyKeys = 1000

/** Whether the maps at `path` differ in more than the keys to ignore; where there is none, it counts as empty. */
function mapsDiffer(path: string, ignored: readonly string[]): string {
  const now = `object.${path}`
  const before = `oldObject.${path}`
  const counts = `!(k in ${list(ignored)})`
  return `${valuesDiffer(path)} && (
${now}.orValue({}).size() > ${manyKeys} ||
${before}.orValue({}).size() > ${manyKeys} ||
${now}.orValue({}).exists(k,
  ${counts} &&
  ${now}[?k] != ${before}[?k]) ||
${before}.orValue({}).exists(k,
  ${counts} &&
  !${now}[?k].hasValue()))`
}

function valuesDiffer(path: string): string {
  return `object.${path} != oldObject.${path}`
}

/** A restart differs in nothing but its annotation, so the template is compared part by part. */
const rolloutChanges = [
  `!(${update})`,
  mapsDiffer('?spec', [...harmlessFields, 'template']),
  valuesDiffer('?spec.?template.?spec'),
  valuesDiffer('?spec.?template.?metadata.?labels'),
  mapsDiffer('?spec.?template.?metadata.?annotations', [restartedAt]),
].join(' ||\n')

/**
 * What keeps the never-block cases away from the webhook altogether: unchanged specs (labels, finalizers, status), scaling,
 * pausing, restarts, objects on their way out, the system's controllers.
 */
export function neverBlocked(systemUsers: readonly string[]): MatchCondition[] {
  return [
    { name: 'rollout-changes', expression: rolloutChanges },
    { name: 'not-on-its-way-out', expression: `!(${update}) || !has(oldObject.metadata.deletionTimestamp)` },
    { name: 'not-a-system-controller', expression: not(fits('request.userInfo.username', systemUsers)) },
  ]
}
