import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'
import { type ContainerChoice, containersParam } from '../rollout/container-choice.ts'
import { missingProbe } from '../rollout/missing-probe.ts'

interface Params {
  readonly containers: ContainerChoice
}

function check(workload: Workload, context: RuleContext<Params>): CheckResult {
  return missingProbe(workload, context, { probe: 'readinessProbe', so: 'so traffic reaches it before it can answer' })
}

export const requireReadinessProbe: WorkloadRule<Params> = {
  id: 'require-readiness-probe',
  title: 'Traffic reaches a pod only once it can answer',
  why: 'Without a readiness probe a pod counts as ready the moment its process starts: a rollout of a version that cannot answer replaces every pod that can, and reports success.',
  remedy: 'Add a readinessProbe that asks what the container needs in order to serve.',
  category: 'health',
  severity: 'critical',
  judges: 'workload',
  affectedBy: ['Service'],
  needs: [],
  uses: ['Service'],
  params: { type: 'object', additionalProperties: false, properties: { containers: containersParam } },
  presets: { strict: 'deny', production: 'deny', staging: 'warn', development: 'warn' },
  recommendedParams: { containers: 'serving' },
  fix: 'none',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: {
    'kube-linter': ['no-readiness-probe'],
    'kube-score': ['pod-probes'],
    polaris: ['readinessProbeMissing'],
    'gatekeeper-library': ['k8srequiredprobes'],
    kyverno: ['require-pod-probes'],
  },
  check,
}
