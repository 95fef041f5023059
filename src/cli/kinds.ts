import { kindOf } from '../kube/group-kind.ts'
import type { GroupKind } from '../model/object.ts'
import { rules } from '../rules/index.ts'
import { readers } from '../workloads/index.ts'

/** What some rule judges. */
export const judgedKinds: readonly GroupKind[] = [
  ...new Set([...Object.keys(readers), ...rules.flatMap(({ judges }) => (judges === 'workload' ? [] : [judges]))]),
]

/** The same, and then what rules and policies look at beside it. */
export const kinds: readonly GroupKind[] = [
  ...new Set([
    ...judgedKinds,
    ...rules.flatMap(({ needs, uses, affectedBy }) => [...needs, ...uses, ...affectedBy]),
    'Namespace',
  ]),
]

/** The kinds, of whatever group, that can matter to any verdict; a rollback is known by its ReplicaSet. */
export const lookedAt: ReadonlySet<string> = new Set([...kinds.map(kindOf), 'ReplicaSet'])
