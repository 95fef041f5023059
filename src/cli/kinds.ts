import { kindsJudgedBy } from '../engine/subject.ts'
import { kindOf } from '../kube/group-kind.ts'
import type { GroupKind } from '../model/object.ts'
import { rules } from '../rules/index.ts'
import { workloadKinds } from '../workloads/index.ts'

/** What some rule judges. */
export const judgedKinds: readonly GroupKind[] = [...new Set([...workloadKinds, ...rules.flatMap(kindsJudgedBy)])]

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
