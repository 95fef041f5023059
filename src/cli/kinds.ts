import { kindsJudgedBy } from '../engine/subject.ts'
import { kindOf } from '../kube/group-kind.ts'
import { otherPodKinds } from '../kube/other-pods.ts'
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

/**
 * The kinds, of whatever group, that can matter to any verdict. Not all are read of a cluster: its Pods and ReplicaSets are many, and
 * of a ScaledObject KEDA has made an autoscaler there.
 */
export const lookedAt: ReadonlySet<string> = new Set([...kinds, ...otherPodKinds, 'ScaledObject.keda.sh'].map(kindOf))
