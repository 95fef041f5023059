import type { LabelExpression, LabelSelector } from '../model/object.ts'

/** To the API server a value of null is an empty one. */
export type Labels = Readonly<Record<string, string | null>>

function has(labels: Labels, key: string): boolean {
  return Object.hasOwn(labels, key)
}

function holds(expression: LabelExpression, labels: Labels): boolean {
  const { key, operator } = expression
  const values = expression.values ?? []
  switch (operator) {
    case 'In':
      return has(labels, key) && values.includes(labels[key] ?? '')
    case 'NotIn':
      return !has(labels, key) || !values.includes(labels[key] ?? '')
    case 'Exists':
      return has(labels, key)
    case 'DoesNotExist':
      return !has(labels, key)
  }
}

/** Whether every label of the map is there with that value; an empty map matches everything. */
export function matchesLabels(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => has(labels, key) && (labels[key] ?? '') === (value ?? ''))
}

/** A whole LabelSelector: an absent one matches nothing, an empty one everything (apimachinery, LabelSelectorAsSelector). */
export function matchesSelector(selector: LabelSelector | undefined | null, labels: Labels): boolean {
  if (selector === undefined || selector === null) return false
  return (
    matchesLabels(selector.matchLabels ?? {}, labels) &&
    (selector.matchExpressions ?? []).every((expression) => holds(expression, labels))
  )
}

/** What a selector asks for, all as expressions. */
export function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): LabelExpression[] {
  const named = Object.entries(matchLabels ?? {}).map(
    ([key, value]): LabelExpression => ({ key, operator: 'In', values: [value] }),
  )
  return [...named, ...(matchExpressions ?? [])]
}

/** How many things a selector asks of a pod: the fewer, the more pods it takes in. */
export function demandsOf(selector: LabelSelector): number {
  return requirementsOf(selector).length
}

/** The label by which every namespace has its name, from the API server itself (core/v1, LabelMetadataName). */
export const namespaceNameLabel = 'kubernetes.io/metadata.name'

/** Labels that pods get from their controllers, beyond those of the template. */
const givenByControllers: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'rollouts-pod-template-hash',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
])

/** The labels by which a template can be told to match: all but those from controllers, unless there are no others. */
export function ofTemplate(wanted: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.entries(wanted).filter(([key]) => !givenByControllers.has(key))
  return own.length > 0 ? Object.fromEntries(own) : wanted
}

/**
 * Whether pods that do not match with their template's labels may match with more: an operator names the primary of a database by
 * a label. Only labels that they lack stand in the way, and either something is right already or controllers give what is lacking.
 */
export function mayMatchLater(selector: LabelSelector, labels: Labels): boolean {
  const requirements = requirementsOf(selector)
  const open = requirements.filter((requirement) => !holds(requirement, labels))
  return (
    open.every(({ key, operator }) => !has(labels, key) && operator !== 'DoesNotExist') &&
    (open.length < requirements.length || open.every(({ key }) => givenByControllers.has(key)))
  )
}
