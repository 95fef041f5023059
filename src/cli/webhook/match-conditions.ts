import { harmlessFields, restartedAt } from '../../engine/change.ts'
import { bypassReason } from '../../engine/waiver.ts'
import type { Bypass, Policy } from '../../model/policy.ts'

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

/** As CEL writes it. */
export function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
}

/** Names are looked up, globs become one regular expression (RE2): the API server compiles it once only if it is a literal. */
export function oneOf(variable: string, globs: readonly string[]): string {
  const names = globs.filter((glob) => !glob.includes('*'))
  const patterns = globs
    .filter((glob) => glob.includes('*'))
    .map((glob) => glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'))
  const tests = [
    ...(names.length > 0 ? [`${variable} in ${list(names)}`] : []),
    ...(patterns.length > 0 ? [`${variable}.matches(${JSON.stringify(`^(${patterns.join('|')})$`)})`] : []),
  ]
  const [only = 'false'] = tests
  return tests.length > 1 ? `(${tests.join(' || ')})` : only
}

/** Those that every policy lets by; a bypass that only some of them grant stays the webhook's to judge. */
function sharedBypass(policies: readonly Policy[]): Bypass {
  const common = (key: keyof Bypass) =>
    (policies[0]?.bypass[key] ?? []).filter((entry) => policies.every(({ bypass }) => bypass[key].includes(entry)))
  return { controllers: common('controllers'), users: common('users'), groups: common('groups') }
}

function deliveryConditions({ controllers }: Bypass): MatchCondition[] {
  if (controllers.length === 0) return []
  const isControlled = 'object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false))'
  const isDelivered = `(object.kind == 'Rollout' || ${isControlled})`
  const expression = `!(${oneOf('request.userInfo.username', controllers)} && ${isDelivered})`
  return [{ name: 'not-a-delivery-controller-on-what-it-owns', expression }]
}

/** The reason that an object gives, `''` if none. */
function reasonOf(object: 'object' | 'oldObject'): string {
  return `${object}.metadata.?annotations[?${JSON.stringify(bypassReason)}].orValue('').trim()`
}

/** Whether somebody with the right to bypass gives a new reason for it; undefined if nobody has that right. */
function breakGlass({ users, groups }: Bypass): string | undefined {
  const who = [
    ...(users.length > 0 ? [oneOf('request.userInfo.username', users)] : []),
    ...(groups.length > 0 ? [`request.userInfo.?groups.orValue([]).exists(g, ${oneOf('g', groups)})`] : []),
  ]
  const isNew = `!(${update}) || ${reasonOf('object')} != ${reasonOf('oldObject')}`
  return who.length === 0 ? undefined : `(${who.join(' || ')}) && ${reasonOf('object')} != '' && (${isNew})`
}

export interface MatchConditions {
  /** What is judged. */
  readonly judged: readonly MatchCondition[]
  /** What is let by whatever is found, and only put on record; undefined if no policy lets anybody by. */
  readonly recorded: readonly MatchCondition[] | undefined
}

/**
 * What keeps the never-block cases away from the webhook altogether: unchanged specs (labels, finalizers, status), scaling,
 * pausing, restarts, objects on their way out, the system's controllers and those the policies name.
 */
export function matchConditions(policies: readonly Policy[], systemUsers: readonly string[]): MatchConditions {
  const bypass = sharedBypass(policies)
  const conditions: MatchCondition[] = [
    { name: 'rollout-changes', expression: rolloutChanges },
    { name: 'not-on-its-way-out', expression: `!(${update}) || !has(oldObject.metadata.deletionTimestamp)` },
    { name: 'not-a-system-controller', expression: `!(${oneOf('request.userInfo.username', systemUsers)})` },
    ...deliveryConditions(bypass),
  ]
  const expression = breakGlass(bypass)
  if (expression === undefined) return { judged: conditions, recorded: undefined }
  return {
    judged: [...conditions, { name: 'not-break-glass', expression: `!(${expression})` }],
    recorded: [...conditions, { name: 'break-glass', expression }],
  }
}
