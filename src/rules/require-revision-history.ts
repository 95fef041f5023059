import { absent } from '../kube/absent.ts'
import { valueAt } from '../kube/pointer.ts'
import type { ClusterView } from '../model/cluster-view.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { rolloutOf } from '../workloads/read-workload.ts'

interface Params {
  readonly min: number
}

const path = '/spec/revisionHistoryLimit'

function keptBy(limit: number): string {
  return `keeps ${limit === 0 ? 'no' : limit} earlier revision${limit === 1 ? '' : 's'} to roll back to`
}

/** A Deployment that only describes the pods of an Argo Rollout starts none: the Rollout has their revisions. */
function keptElsewhere(workload: Workload, view: ClusterView): string | undefined {
  const rollout = rolloutOf(workload, view)
  return rollout && `Rollout ${rollout.name} runs its pods and keeps their revisions`
}

function check(workload: Workload, { params, view, wrote }: RuleContext<Params>): CheckResult {
  const elsewhere = keptElsewhere(workload, view)
  if (elsewhere !== undefined) return { skip: elsewhere }
  const limit = (valueAt(workload.object, path) ?? absent.revisionHistoryLimit) as number
  if (limit >= params.min) return []
  const found = `revisionHistoryLimit ${limit}${wrote(path) ? '' : ' (the default)'} ${keptBy(limit)}`
  const message = `${found}; needs ${params.min} or more`
  return [{ message, path, degree: -limit, fix: [{ op: 'add', path, value: params.min }] }]
}

export const requireRevisionHistory: WorkloadRule<Params> = {
  id: 'require-revision-history',
  title: 'There are earlier revisions to roll back to',
  why: 'A rollback starts from a revision that the controller kept: with a limit of 0 there is none, and with a small one a few quick fixes in a row push the last good version out of reach.',
  remedy: 'Set revisionHistoryLimit to 10 or more, or leave it out: the API default is 10.',
  category: 'traceability',
  severity: 'high',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: ['Rollout.argoproj.io'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      min: { type: 'integer', minimum: 1, default: 10, description: 'Earlier revisions that must be kept.' },
    },
  },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'warn' },
  fix: 'safe',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: {},
  check,
}
