import type { ClusterView } from '../model/cluster-view.ts'
import type { GroupKind, JsonPointer, KubeObject, LabelSelector } from '../model/object.ts'
import { once } from '../plain/once.ts'
import { groupKindOf } from './group-kind.ts'
import { labelIndex } from './label-index.ts'
import { valueAt } from './pointer.ts'
import type { Labels } from './selector.ts'

function labelsAt(object: KubeObject, template: JsonPointer): Labels {
  return (valueAt(object, `${template}/metadata/labels`) ?? {}) as Labels
}

/** With what the API server gives the pods of every Job beside the labels of its template (batch/job/strategy.go, generateSelector). */
function ofJob(object: KubeObject, template: JsonPointer): Labels {
  const { name = '' } = object.metadata
  const given = ['controller-uid', 'job-name'].flatMap((key) => [key, `batch.kubernetes.io/${key}`])
  return { ...Object.fromEntries(given.map((key) => [key, name])), ...labelsAt(object, template) }
}

const labelsOfPods: Readonly<Record<GroupKind, (object: KubeObject) => Labels>> = {
  'CronJob.batch': (object) => ofJob(object, '/spec/jobTemplate/spec/template'),
  'Job.batch': (object) => ofJob(object, '/spec/template'),
  'ReplicaSet.apps': (object) => labelsAt(object, '/spec/template'),
  Pod: (object) => labelsAt(object, ''),
}

/** Kinds whose pods run to their end. */
export const batchKinds: readonly GroupKind[] = ['CronJob.batch', 'Job.batch']

/** Kinds that have pods, or are one, but are not judged themselves. */
export const otherPodKinds: readonly GroupKind[] = Object.keys(labelsOfPods)

const byLabels = once((objects: readonly KubeObject[]) =>
  labelIndex(objects, (object) => labelsOfPods[groupKindOf(object)]?.(object) ?? {}),
)

/** The objects in view of these kinds that have pods which the selector matches. */
export function othersMatching(
  kinds: readonly GroupKind[],
  selector: LabelSelector | undefined | null,
  view: ClusterView,
  namespace: string,
): KubeObject[] {
  return kinds.flatMap((kind) => byLabels(view.list(kind, namespace))(selector))
}
