import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { type ContainerChoice, containersParam } from '../rollout/container-choice.ts'
import { missingProbe } from '../rollout/missing-probe.ts'

interface Params {
  readonly containers: ContainerChoice
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  return missingProbe(workload, context, { probe: 'livenessProbe', so: 'so a hung process is never restarted' })
}

export const requireLivenessProbe: WorkloadRule<Params> = {
  id: 'require-liveness-probe',
  title: 'A process that hangs is restarted',
  why: 'A deadlocked process keeps its port open and its pod in place; without a liveness probe it stays that way until somebody is paged.',
  remedy: 'Add a livenessProbe that asks the process itself, not what it depends on.',
  category: 'health',
  severity: 'high',
  judges: 'workload',
  affectedBy: ['Service'],
  needs: [],
  uses: ['Service'],
  params: { type: 'object', additionalProperties: false, properties: { containers: containersParam } },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'warn' },
  recommendedParams: { containers: 'serving' },
  fix: 'none',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats', 'feastflow'],
  alike: {
    'kube-linter': ['no-liveness-probe'],
    'kube-score': ['pod-probes'],
    polaris: ['livenessProbeMissing'],
    'gatekeeper-library': ['k8srequiredprobes'],
    kyverno: ['require-pod-probes'],
  },
  check,
}
