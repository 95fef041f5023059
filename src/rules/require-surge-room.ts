import { describedElsewhere } from '../kube/containers.ts'
import { isRouted } from '../kube/services.ts'
import type { Finding } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import type { Obstacle } from '../rollout/room.ts'
import { surgeOf } from '../rollout/surge.ts'
import { surgeRoom } from '../rollout/surge-room.ts'

/** Recreate gives the volume free; offered only where that is no downtime, which somebody would have to acknowledge. */
function finding({ isVolume, ...found }: Obstacle, workload: Workload, { view }: RuleContext<object>): Finding {
  const isRight = isVolume && workload.kind === 'Deployment' && !isRouted(workload, view)
  return isRight ? { ...found, fix: [{ op: 'add', path: workload.at.strategy, value: { type: 'Recreate' } }] } : found
}

function check(workload: Workload, context: RuleContext<object>): CheckResult {
  const surge = surgeOf(workload, context.view)
  if ('skip' in surge) return surge
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const { obstacles, unknown } = surgeRoom(workload, surge, context.view)
  if (obstacles.length > 0) return obstacles.map((obstacle) => finding(obstacle, workload, context))
  const [reason] = unknown
  return reason === undefined ? [] : { skip: reason }
}

export const requireSurgeRoom: WorkloadRule = {
  id: 'require-surge-room',
  title: 'The pods that a rollout adds find room beside the old ones',
  why: 'A surge pod that waits for the volume, host port, node or quota of an old one waits for ever, since the old one stays until the new one is ready: the rollout hangs until its deadline, and so does the fix that follows it.',
  remedy:
    'Make room, or let the old pod go first: Recreate for a volume that only one pod can have, with the annotation exempt.evenkeel.dev/disallow-recreate to acknowledge the downtime where traffic is routed; else maxSurge 0 and maxUnavailable 1, with exempt.evenkeel.dev/limit-max-unavailable where that is refused.',
  category: 'availability',
  severity: 'high',
  judges: 'workload',
  affectedBy: ['PersistentVolumeClaim', 'ResourceQuota', 'LimitRange', 'Node', 'HorizontalPodAutoscaler.autoscaling'],
  needs: [],
  uses: [
    'PersistentVolumeClaim',
    'ResourceQuota',
    'LimitRange',
    'Node',
    'HorizontalPodAutoscaler.autoscaling',
    'Service',
  ],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'warn' },
  fix: 'offer',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats', 'feastflow'],
  alike: {},
  check,
}
