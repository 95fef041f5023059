import { endpointOf } from '../kube/endpoint.ts'
import { isEqual } from '../kube/equal.ts'
import { join } from '../kube/pointer.ts'
import type { Finding } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PlacedContainer, Workload } from '../model/workload.ts'
import { chosenContainers } from '../rollout/container-choice.ts'

function findingsOf({ container, at }: PlacedContainer): Finding[] {
  const { livenessProbe, readinessProbe } = container
  const liveness = livenessProbe && endpointOf(livenessProbe, container)
  const readiness = readinessProbe && endpointOf(readinessProbe, container)
  if (!liveness || !readiness || !isEqual(liveness.parts, readiness.parts)) return []
  const message = `shares ${liveness.text} with readiness, so overload restarts it`
  return [{ message, path: join(at, 'livenessProbe'), container: container.name }]
}

function check(workload: Workload, { view }: RuleContext<object>): CheckResult {
  const all = chosenContainers(workload, 'all', view)
  if ('skip' in all) return all
  const both = all.filter(({ container }) => container.livenessProbe && container.readinessProbe)
  if (both.length === 0) return { skip: 'no container has both a livenessProbe and a readinessProbe' }
  return both.flatMap(findingsOf)
}

export const disallowSharedProbe: WorkloadRule = {
  id: 'disallow-shared-probe',
  title: 'A pod that cannot serve for a while is left out, not restarted',
  why: 'Readiness fails when a database is slow or the pod is overloaded. A liveness probe that asks the same endpoint restarts every pod at once, with empty caches and new connections, and makes an outage of what would have passed.',
  remedy:
    'Let the livenessProbe ask an endpoint that answers as long as the process itself works, or leave the probe out.',
  category: 'health',
  severity: 'medium',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: [],
  params: { type: 'object', additionalProperties: false, properties: {} },
  presets: { strict: 'warn', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'none',
  about: 'state',
  demandedBy: ['applyforus', 'endpoint-stats', 'feastflow'],
  alike: { 'kube-score': ['pod-probes-identical'], kyverno: ['validate-probes'] },
  check,
}
