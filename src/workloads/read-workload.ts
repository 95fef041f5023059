import { groupKindOf } from '../kube/group-kind.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { GroupKind, KubeObject } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'
import { readers } from './index.ts'
import type { WorkloadSpec } from './workload-spec.ts'

/** Whether objects of this kind are workloads. */
export function isWorkloadKind(kind: GroupKind): boolean {
  return Object.hasOwn(readers, kind)
}

/** The object as a workload, or undefined if its kind is none. The object's shape must be valid (`shapeError`). */
export function readWorkload(object: KubeObject): Workload | undefined {
  const groupKind = groupKindOf(object)
  const read = Object.hasOwn(readers, groupKind) ? readers[groupKind] : undefined
  if (read === undefined) return undefined
  const spec = (object['spec'] ?? {}) as WorkloadSpec
  return {
    ...read(spec),
    object,
    groupKind,
    name: object.metadata.name ?? object.metadata.generateName ?? '',
    namespace: object.metadata.namespace ?? '',
    selector: spec.selector ?? undefined,
    template: spec.template ?? {},
  }
}

/** The Argo Rollout in view for which this workload only describes the pods (`workloadRef`), and which scales it to 0. */
export function rolloutOf({ kind, name, namespace }: Workload, view: ClusterView): Workload | undefined {
  const rollouts = view.list('Rollout.argoproj.io', namespace).flatMap((object) => readWorkload(object) ?? [])
  return rollouts.find(({ templateRef }) => templateRef?.kind === kind && templateRef.name === name)
}

/** All workloads of a namespace that are in view, but for Deployments that only describe the pods of an Argo Rollout, which scales them to 0. */
export function workloadsIn(view: ClusterView, namespace: string): Workload[] {
  const objects = Object.keys(readers).flatMap((kind) => view.list(kind, namespace))
  const workloads = objects.flatMap((object) => readWorkload(object) ?? [])
  const referred = new Set(
    workloads.flatMap(({ templateRef }) => (templateRef ? [`${templateRef.kind} ${templateRef.name}`] : [])),
  )
  return workloads.filter(({ kind, name }) => !referred.has(`${kind} ${name}`))
}
