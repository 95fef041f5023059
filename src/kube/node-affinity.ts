import type { KubeObject, LabelExpression } from '../model/object.ts'
import { matchesSelector } from './selector.ts'

/** By default a node's host is called what the node is. */
export const hostname = 'kubernetes.io/hostname'

interface NodeRequirement {
  readonly key: string
  readonly operator: LabelExpression['operator'] | 'Gt' | 'Lt'
  readonly values?: readonly string[] | null
}

interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeRequirement[] | null
  readonly matchFields?: readonly NodeRequirement[] | null
}

/** The part of a pod's `affinity.nodeAffinity` that is no mere wish. */
export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: {
    readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] | null
  } | null
}

type Labels = Readonly<Record<string, string>>

function meets({ key, operator, values }: NodeRequirement, labels: Labels): boolean {
  if (operator !== 'Gt' && operator !== 'Lt') {
    return matchesSelector({ matchExpressions: [{ key, operator, values: values ?? [] }] }, labels)
  }
  const [value, bound] = [labels[key] ?? '', values?.[0] ?? '']
  if (!/^-?[0-9]+$/.test(value) || !/^-?[0-9]+$/.test(bound)) return false
  return operator === 'Gt' ? Number(value) > Number(bound) : Number(value) < Number(bound)
}

/** Whether the node is one of those required: any of the terms, each as a whole; an empty term is none (component-helpers, nodeaffinity). */
export function fitsNodeAffinity(affinity: NodeAffinity | null | undefined, node: KubeObject): boolean {
  const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required == null) return true
  const fields = { 'metadata.name': node.metadata.name ?? '' }
  return (required.nodeSelectorTerms ?? []).some(({ matchExpressions, matchFields }) => {
    const [byLabel, byField] = [matchExpressions ?? [], matchFields ?? []]
    if (byLabel.length + byField.length === 0) return false
    return (
      byLabel.every((each) => meets(each, node.metadata.labels ?? {})) && byField.every((each) => meets(each, fields))
    )
  })
}

/** The nodes that a term names, by host or by name; undefined if it asks for something else only. */
function namesIn({ matchExpressions, matchFields }: NodeSelectorTerm): readonly string[] | undefined {
  const naming = [...(matchExpressions ?? []), ...(matchFields ?? [])].find(
    ({ key, operator }) => operator === 'In' && (key === hostname || key === 'metadata.name'),
  )
  return naming?.values ?? undefined
}

/** Whether it requires one particular node, whatever nodes there are. */
export function requiresOneNode(affinity: NodeAffinity | null | undefined): boolean {
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const named = terms.map(namesIn)
  return !named.includes(undefined) && new Set(named.flat()).size === 1
}
