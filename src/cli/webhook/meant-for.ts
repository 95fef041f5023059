import { matchByNames } from '../../engine/match.ts'
import { kindOf } from '../../kube/group-kind.ts'
import { requirementsOf } from '../../kube/selector.ts'
import type { GroupKind, LabelExpression } from '../../model/object.ts'
import type { Match, Policy } from '../../model/policy.ts'
import { all, any, fits, isIn, not } from './cel.ts'

/** A policy as the API server can tell of it. */
export interface Meant extends Pick<Policy, 'failurePolicy' | 'bypass'> {
  /** Whether it can be meant for a write of one of these kinds: CEL. Whether it has a rule for them may change while the webhook serves. */
  readonly isFor: (kinds: readonly GroupKind[]) => string
}

const place = 'request.namespace'

/** What a requirement of a namespaceSelector asks of the name of a namespace. */
function asksOfName({ operator, values = [] }: LabelExpression): string {
  const isOne = isIn(place, values)
  return { In: isOne, NotIn: not(isOne), Exists: 'true', DoesNotExist: 'false' }[operator]
}

/** Whether a match holds, but for labels of the object. */
function holds({ kinds: wanted, namespaces, namespaceSelector = {} }: Match, kinds: readonly GroupKind[]): string {
  const own = kinds.filter((kind) => wanted?.includes(kindOf(kind)) ?? true)
  return all([
    own.length === kinds.length ? 'true' : isIn('request.kind.kind', own.map(kindOf)),
    namespaces === undefined ? 'true' : fits(place, namespaces),
    ...requirementsOf(namespaceSelector).map(asksOfName),
  ])
}

/** What objects with some labels are excluded from may be meant for others. */
function mayHold({ exclude, ...included }: Match, kinds: readonly GroupKind[]): string {
  const isExcluded = exclude === undefined || exclude.objectSelector !== undefined ? 'false' : holds(exclude, kinds)
  return all([holds(included, kinds), not(isExcluded)])
}

function isByLabels({ objectSelector, exclude }: Match): boolean {
  return (objectSelector ?? exclude?.objectSelector) !== undefined
}

/**
 * The policies that can be meant for anything in the webhook: it sees no labels of namespaces. A fallback is meant for nothing for
 * which another policy surely is.
 */
export function meantFor(policies: readonly Policy[]): Meant[] {
  const known = policies.flatMap((policy) => {
    const match = matchByNames(policy.match)
    return match === undefined ? [] : [{ ...policy, match }]
  })
  const sure = known.filter(({ fallback, match }) => !fallback && !isByLabels(match))
  return known.map(({ failurePolicy, bypass, fallback, match }) => {
    const others = fallback ? sure : []
    const isFor: Meant['isFor'] = (kinds) =>
      all([mayHold(match, kinds), not(any(others.map((other) => mayHold(other.match, kinds))))])
    return { failurePolicy, bypass, isFor }
  })
}
