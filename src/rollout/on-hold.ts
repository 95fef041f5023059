import type { KubeObject } from '../model/object.ts'

interface Halted {
  readonly spec?: { readonly paused?: unknown }
  readonly status?: {
    readonly observedGeneration?: unknown
    readonly updatedReplicas?: unknown
    readonly conditions?: unknown
  }
}

function isPauseSeen(conditions: unknown): boolean {
  const all = [conditions].flat() as readonly ({ readonly reason?: unknown } | null | undefined)[]
  return all.some((condition) => condition?.reason === 'DeploymentPaused')
}

/**
 * Whether the present template was written during a pause, so that no pod has it yet: the controller counts none as updated
 * (deployment sync.go, calculateStatus), or has not seen what came after the pause. Without a status nobody knows.
 */
export function isOnHold(object: KubeObject): boolean {
  const { spec, status } = object as Halted
  if (spec?.paused !== true || status?.observedGeneration === undefined) return false
  const unseen = (object.metadata.generation ?? 0) - Number(status.observedGeneration)
  return (status.updatedReplicas ?? 0) === 0 || unseen > (isPauseSeen(status.conditions) ? 0 : 1)
}
