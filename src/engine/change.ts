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
const podTemplateHash = 'pod-template-hash'

function without(values: Readonly<Record<string, string>> | undefined, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([name]) => name !== key))
}

function comparable(template: PodTemplate, ignored: { readonly label?: string; readonly annotation?: string }): object {
  const labels = without(template.metadata?.labels, ignored.label ?? '')
  const annotations = without(template.metadata?.annotations, ignored.annotation ?? '')
  return { labels, annotations, spec: template.spec ?? {} }
}

/** Whether an owned ReplicaSet in view carries this template: then the write is a way back, not a step forward. */
function isEarlierRevision(workload: Workload, view: ClusterView): boolean {
  const wanted = comparable(workload.template, { label: podTemplateHash })
  return view.list('ReplicaSet.apps', workload.namespace).some((set) => {
    const owner = set.metadata.ownerReferences?.find(({ controller }) => controller === true)
    if (owner?.kind !== workload.kind || owner.name !== workload.name) return false
    const template = valueAt(set, '/spec/template') as PodTemplate | undefined
    return template !== undefined && isEqual(comparable(template, { label: podTemplateHash }), wanted)
  })
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
  const ignored = { annotation: restartedAt }
  if (isEqual(comparable(before, ignored), comparable(workload.template, ignored))) return 'restart'
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
