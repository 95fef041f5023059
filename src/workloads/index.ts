import type { GroupKind } from '../model/object.ts'
import { readDaemonSet } from './daemon-set.ts'
import { readDeployment } from './deployment.ts'
import { readRollout } from './rollout.ts'
import { readStatefulSet } from './stateful-set.ts'
import type { KindFacts, WorkloadSpec } from './workload-spec.ts'

/** One row a kind of workload. */
export const readers: Readonly<Record<GroupKind, (spec: WorkloadSpec) => KindFacts>> = {
  'Deployment.apps': readDeployment,
  'StatefulSet.apps': readStatefulSet,
  'DaemonSet.apps': readDaemonSet,
  'Rollout.argoproj.io': readRollout,
}

export const workloadKinds: readonly GroupKind[] = Object.keys(readers)
