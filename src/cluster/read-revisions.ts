import { isObject } from '../kube/is-object.ts'
import { valueAt } from '../kube/pointer.ts'
import { type Resource, resources } from '../kube/resources.ts'
import type { GroupKind, KubeObject } from '../model/object.ts'
import type { Get } from './connection.ts'
import type { ListItem } from './project.ts'
import { readList } from './read-list.ts'

/** What the controller of a kind keeps its earlier templates in. */
const keptIn: Readonly<Record<string, GroupKind>> = {
  Deployment: 'ReplicaSet.apps',
  Rollout: 'ReplicaSet.apps',
  StatefulSet: 'ControllerRevision.apps',
  DaemonSet: 'ControllerRevision.apps',
}

/** Environment and all: templates are compared, and nothing of them is told. */
function whole(item: ListItem, { apiVersion, kind }: Resource): KubeObject {
  return { ...item, apiVersion, kind }
}

function labelsOf(workload: KubeObject): Readonly<Record<string, string>> {
  const labels = valueAt(workload, '/spec/selector/matchLabels')
  return isObject(labels) ? (labels as Record<string, string>) : {}
}

/** Who writes a workload chooses its labels: without any they would select a whole namespace, and the webhook's memory holds it. */
function firstPageOf(get: Get): Get {
  return (path) =>
    path.includes('&continue=') ? Promise.reject(new Error('more revisions than one page match its labels')) : get(path)
}

/**
 * The ReplicaSets or ControllerRevisions that a workload selects by its labels, which need not all be its own. Rejects with the reason
 * where they cannot be read.
 */
export async function readRevisions(get: Get, workload: KubeObject): Promise<readonly KubeObject[]> {
  const resource = resources[keptIn[workload.kind] ?? '']
  if (resource === undefined) return []
  const { namespace } = workload.metadata
  const list = await readList({ get: firstPageOf(get), resource, namespace, labels: labelsOf(workload), keep: whole })
  if ('status' in list) throw new Error(list.reason)
  return list
}
