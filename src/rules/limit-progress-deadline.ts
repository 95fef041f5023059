import { describedElsewhere } from '../kube/containers.ts'
import { valueAt } from '../kube/pointer.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { deadlineOf, deadlinePath, raisedDeadline } from '../rollout/progress-deadline.ts'
import { longestStart } from '../rollout/startup.ts'
import { rolloutOf } from '../workloads/read-workload.ts'

function whyNone(workload: Workload, { view }: RuleContext<object>): string | undefined {
  if (!workload.hasDeadline) return `a ${workload.kind} has no progress deadline`
  const rollout = rolloutOf(workload, view)
  return rollout && `Rollout ${rollout.name} runs its pods and has the deadline`
}

/**
 * Every pod that is made, gets ready or becomes available starts the count anew (deployment util, DeploymentProgressing), and a
 * Rollout's pause stops it. So one pod's start counts, whatever the number of replicas or of surge waves, and minReadySeconds for itself.
 */
function check(workload: Workload, context: RuleContext<object>): CheckResult {
  const none = whyNone(workload, context)
  if (none !== undefined) return { skip: none }
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const start = longestStart(workload.template)
  const minReady = (valueAt(workload.object, '/spec/minReadySeconds') ?? 0) as number
  const deadline = deadlineOf(workload)
  const longest = Math.max(start.seconds, minReady)
  if (longest < deadline) return start.unbounded === undefined ? [] : { skip: start.unbounded }
  const found = `${context.wrote(deadlinePath) ? '' : 'default '}deadline ${deadline}s`
  const what = longest === start.seconds ? `a pod may take ${longest}s to start` : `minReadySeconds is ${longest}`
  const isAborted = valueAt(workload.object, '/spec/progressDeadlineAbort') === true
  const result = `a good rollout ${isAborted ? 'is aborted' : 'counts as failed'}`
  const value = raisedDeadline(longest)
  const message = `${found}, but ${what}: ${result}; needs ${value}`
  return [{ message, path: deadlinePath, degree: longest - deadline, fix: [{ op: 'add', path: deadlinePath, value }] }]
}

export const limitProgressDeadline: WorkloadRule = {
  id: 'limit-progress-deadline',
  title: 'The progress deadline leaves a pod the time that its probes give it to start',
  why: 'Where probes allow a slower start than the deadline does, the rollout of a good version is reported as failed: pipelines roll it back, and Argo Rollouts may abort it.',
  remedy: 'Raise progressDeadlineSeconds above the longest start that the probes allow, and above minReadySeconds.',
  category: 'health',
  severity: 'medium',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: ['Rollout.argoproj.io'],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'warn', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'safe',
  about: 'limit',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats'],
  alike: {},
  check,
}
