import { groupKindOf } from '../kube/group-kind.ts'
import { labelIndex } from '../kube/label-index.ts'
import { matchesSelector } from '../kube/selector.ts'
import { podLabels } from '../kube/services.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject, LabelSelector } from '../model/object.ts'
import type { Workload } from '../model/workload.ts'
import { indexBy } from '../plain/index-by.ts'
import { once } from '../plain/once.ts'
import { readers, workloadKinds } from './index.ts'
import type { WorkloadSpec } from './workload-spec.ts'

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

function refText({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind} ${name}`
}

function readAll(objects: readonly KubeObject[]): Workload[] {
  return objects.flatMap((object) => readWorkload(object) ?? [])
}

const byReferred = indexBy((object: KubeObject) => refText(readWorkload(object)?.templateRef ?? { kind: '', name: '' }))
const referring = once((objects: readonly KubeObject[]) => readAll(objects).filter(({ templateRef }) => templateRef))
const byPodLabels = once((objects: readonly KubeObject[]) =>
  labelIndex(
    readAll(objects).filter(({ templateRef }) => templateRef === undefined),
    ({ template }) => template.metadata?.labels ?? {},
  ),
)

/** The Argo Rollout in view for which this workload only describes the pods (`workloadRef`), and which scales it to 0. */
export function rolloutOf(workload: Workload, view: ClusterView): Workload | undefined {
  const rollout = byReferred(view.list('Rollout.argoproj.io', workload.namespace)).get(refText(workload))
  return rollout && readWorkload(rollout)
}

/** The workloads of a namespace that are in view and whose pods the selector matches, but for those that only describe a Rollout's pods. */
export function workloadsMatching(
  selector: LabelSelector | undefined | null,
  view: ClusterView,
  namespace: string,
): Workload[] {
  const own = workloadKinds.flatMap((kind) => byPodLabels(view.list(kind, namespace))(selector))
  const others = referring(view.list('Rollout.argoproj.io', namespace)).filter((workload) => {
    const labels = podLabels(workload, view)
    return labels !== undefined && matchesSelector(selector, labels)
  })
  return [...own.filter((workload) => rolloutOf(workload, view) === undefined), ...others]
}
