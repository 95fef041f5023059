import { sharedClaims } from '../kube/claims.ts'
import { join } from '../kube/pointer.ts'
import { isRouted } from '../kube/services.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { Operation } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { lacksSurgeRoom } from '../rollout/surge-room.ts'

interface Params {
  readonly environments: readonly string[]
}

const consequence = {
  Recreate: 'stops every pod before a new one starts',
  OnDelete: 'replaces pods only when somebody deletes them',
} as const

/** A second pod beside the first would wait for the volume, or write to it, too, or finds no room: then Recreate may be right, and no fix is offered. */
function mayBeRight(workload: Workload, view: ClusterView): boolean {
  return sharedClaims(workload).length > 0 || lacksSurgeRoom(workload, view)
}

function rolling(workload: Workload): Operation {
  const deployment = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  const value = workload.kind === 'Deployment' ? deployment : { type: 'RollingUpdate' }
  return { op: 'add', path: workload.at.strategy, value }
}

function check(workload: Workload, { params, view, environment }: RuleContext<Params>): CheckResult {
  const { type } = workload.strategy
  if (type !== 'Recreate' && type !== 'OnDelete') return []
  if (environment !== undefined && params.environments.includes(environment)) {
    return { skip: `${type} is allowed in ${environment}` }
  }
  if (!isRouted(workload, view)) return { skip: 'no Service sends traffic to its pods' }
  const message = `strategy ${type} ${consequence[type]}; needs RollingUpdate or an exemption`
  const path = join(workload.at.strategy, 'type')
  return [mayBeRight(workload, view) ? { message, path } : { message, path, fix: [rolling(workload)] }]
}

export const disallowRecreate: WorkloadRule<Params> = {
  id: 'disallow-recreate',
  title: 'A workload that serves traffic is replaced pod by pod',
  why: 'Recreate is downtime at every release, as long as the new version takes to start, and without end if it does not start; with OnDelete a release happens when somebody happens to delete pods.',
  remedy:
    'Use RollingUpdate; where two versions must never run side by side, acknowledge the downtime with the annotation exempt.evenkeel.dev/disallow-recreate.',
  category: 'availability',
  severity: 'critical',
  judges: 'workload',
  affectedBy: ['Service'],
  needs: [],
  uses: ['Service'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      environments: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        default: [],
        description: 'Environments of policies in which Recreate and OnDelete are fine.',
      },
    },
  },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'off' },
  fix: 'offer',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: { 'kube-linter': ['no-rolling-update-strategy'], 'kube-score': ['deployment-strategy'] },
  check,
}
