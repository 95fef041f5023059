import { isEqual } from '../kube/equal.ts'
import { valueAt } from '../kube/pointer.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { KubeObject } from '../model/object.ts'
import type { ChangeKind } from '../model/request.ts'
import type { PodTemplate, Workload } from '../model/workload.ts'
import { readWorkload } from '../workloads/read-workload.ts'

/** What `kubectl rollout restart` writes into the template. */
export const restartedAt = 'kubectl.kubernetes.io/restartedAt'
/**
 * Fields of a spec whose change never makes a rollout: scaling, pausing, and `restartAt`, by which Argo's
 * `kubectl argo rollouts restart` asks for new pods of the same template.
 */
export const harmlessFields: readonly string[] = ['replicas', 'paused', 'restartAt']
/** What controllers write into the template of a ReplicaSet, Kubernetes' and Argo's. */
const hashLabels: readonly string[] = ['pod-template-hash', 'rollouts-pod-template-hash']

function without(values: Readonly<Record<string, string>> = {}, ignored: readonly string[]): object {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !ignored.includes(name)))
}

/** What pods are made of; a restart makes new ones of the same. */
function comparable(template: PodTemplate): object {
  const labels = without(template.metadata?.labels, hashLabels)
  const annotations = without(template.metadata?.annotations, [restartedAt])
  return { labels, annotations, spec: template.spec ?? {} }
}

/** What keeps the earlier templates of a kind, and where in it (the `data` of a ControllerRevision is a patch of its owner). */
const revisions = [
  { kind: 'ReplicaSet.apps', template: '/spec/template' },
  { kind: 'ControllerRevision.apps', template: '/data/spec/template' },
] as const

function isOwnedBy({ kind, name }: Workload, { metadata }: KubeObject): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true)
  return owner?.kind === kind && owner.name === name
}

/** Whether an owned revision in view carries this template: then the write is a way back, not a step forward. */
function isEarlierRevision(workload: Workload, view: ClusterView): boolean {
  const wanted = comparable(workload.template)
  return revisions.some(({ kind, template }) =>
    view.list(kind, workload.namespace).some((revision) => {
      const carried = isOwnedBy(workload, revision) ? valueAt(revision, template) : undefined
      return carried !== undefined && isEqual(comparable(carried as PodTemplate), wanted)
    }),
  )
}

function changedFields(before: KubeObject, after: KubeObject): string[] {
  const old = (before['spec'] ?? {}) as Record<string, unknown>
  const now = (after['spec'] ?? {}) as Record<string, unknown>
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((field) => !isEqual(old[field], now[field]))
}

function settingsChange(fields: readonly string[]): ChangeKind {
  if (!fields.every((field) => harmlessFields.includes(field))) return 'settings'
  if (fields.includes('restartAt')) return 'restart'
  return fields.includes('paused') ? 'pause' : 'scale'
}

function templateChange(before: PodTemplate, workload: Workload, view: ClusterView): ChangeKind {
  if (isEqual(comparable(before), comparable(workload.template))) return 'restart'
  return isEarlierRevision(workload, view) ? 'rollback' : 'template'
}

/** What an update does. A restart or rollback that also changes other settings is a change of the template like any other. */
export function changeOf(before: KubeObject, after: KubeObject, view: ClusterView): ChangeKind {
  const fields = changedFields(before, after)
  if (fields.length === 0) return 'none'
  const workload = readWorkload(after)
  if (workload === undefined) return 'settings'
  if (!fields.includes('template')) return settingsChange(fields)
  const others = fields.filter((field) => field !== 'template')
  if (settingsChange(others) === 'settings') return 'template'
  return templateChange(valueAt(before, workload.at.template) ?? {}, workload, view)
}
