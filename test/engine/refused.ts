import jsonPatch from 'fast-json-patch'
import type { Operation } from '../../src/model/finding.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { Workload } from '../../src/model/workload.ts'
import { budgetSpecOf } from '../../src/rollout/disruptions.ts'
import { readWorkload } from '../../src/workloads/read-workload.ts'
import { shapeError } from '../../src/workloads/shape-error.ts'

function workloadRefusals(workload: Workload): string[] {
  const { containers, initContainers, terminationGracePeriodSeconds } = workload.template.spec ?? {}
  const grace = terminationGracePeriodSeconds ?? 30
  const tooLong = [...(containers ?? []), ...(initContainers ?? [])].filter(
    ({ lifecycle }) => (lifecycle?.preStop?.sleep?.seconds ?? 0) > grace,
  )
  const { maxSurge, maxUnavailable } = workload.strategy.type === 'RollingUpdate' ? workload.strategy : {}
  const isStuck = workload.kind === 'Deployment' && maxSurge === 0 && maxUnavailable === 0
  return [
    ...tooLong.map(({ name }) => `container ${name} sleeps longer than the grace period`),
    ...(isStuck ? ['maxSurge and maxUnavailable may not both be 0'] : []),
  ]
}

/** What Kubernetes' validation would refuse, of what fixes write. */
export function refusalsOf(object: KubeObject): string[] {
  const error = shapeError(object)
  if (error) return [`${error.path} ${error.message}`]
  const { minAvailable, maxUnavailable } = budgetSpecOf(object)
  if (minAvailable != null && maxUnavailable != null) return ['minAvailable and maxUnavailable exclude each other']
  const workload = readWorkload(object)
  return workload === undefined ? [] : workloadRefusals(workload)
}

/** The object as an RFC 6902 applier that is not ours leaves it; throws where the patch does not fit. */
export function byStrictApplier(object: KubeObject, operations: readonly Operation[]): KubeObject {
  const document = structuredClone(object)
  return jsonPatch.applyPatch(document, structuredClone(operations) as jsonPatch.Operation[], true, true).newDocument
}
