import { join } from 'node:path'
import t from 'tap'
import { findPolicies } from '../../src/cli/find-policies.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { applied } from '../../src/kube/patch.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import { readManifests } from '../../src/manifests/read-manifests.ts'
import type { Operation } from '../../src/model/finding.ts'
import type { Json, KubeObject } from '../../src/model/object.ts'

process.chdir(join(import.meta.dirname, '../..'))

const now = Date.parse('2026-11-21T12:00:00Z')
const pod = '/spec/template/spec'
const container = `${pod}/containers/0`

/** What its pack finds as soon as one field is otherwise than the document says; without a value, as soon as it is not there. */
type Demand = readonly [rule: string, enforcement: string, field: string, value?: Json]

/** By system, fixture and kind of the object that is changed. */
const demands: Readonly<Record<string, readonly Demand[]>> = {
  'applyforus composed/auth-service.yaml Deployment': [
    ['limit-max-unavailable', 'deny', '/spec/strategy/rollingUpdate/maxUnavailable', 1],
    ['limit-max-surge', 'deny', '/spec/strategy/rollingUpdate/maxSurge', 2],
    ['disallow-recreate', 'deny', '/spec/strategy', { type: 'Recreate' }],
    ['disallow-misplaced-field', 'deny', `${pod}/strategy`, { type: 'RollingUpdate' }],
    ['require-revision-history', 'deny', '/spec/revisionHistoryLimit', 9],
    ['require-readiness-probe', 'deny', `${container}/readinessProbe`],
    ['require-liveness-probe', 'deny', `${container}/livenessProbe`],
    ['require-startup-probe', 'deny', `${container}/startupProbe`],
    ['limit-probe-timing', 'deny', `${container}/startupProbe/failureThreshold`, 18],
    ['limit-progress-deadline', 'warn', '/spec/progressDeadlineSeconds', 60],
    ['require-probe-port', 'deny', `${container}/readinessProbe/httpGet/port`, 'web'],
    ['require-service-port', 'deny', `${container}/ports/0/name`, 'web'],
    ['disallow-shared-probe', 'deny', `${container}/livenessProbe/httpGet/path`, '/api/v1/health/ready'],
    ['require-pre-stop-hook', 'deny', `${container}/lifecycle/preStop/exec/command/2`, 'sleep 14'],
    ['limit-termination-budget', 'deny', `${pod}/terminationGracePeriodSeconds`, 19],
    ['require-disruption-budget', 'deny', '/spec/template/metadata/labels/app', 'other'],
    ['require-resources', 'warn', `${container}/resources/limits/memory`],
    ['disallow-mutable-image', 'warn', `${container}/image`, 'auth-service:latest'],
    ['require-change-cause', 'audit', '/metadata/annotations'],
  ],
  'feastflow composed/postgres.yaml Deployment': [['require-surge-room', 'deny', '/spec/strategy']],
  'feastflow composed/backend.yaml Deployment': [
    ['require-revision-history', 'deny', '/spec/revisionHistoryLimit', 1],
    ['limit-probe-timing', 'warn', `${container}/livenessProbe/initialDelaySeconds`, 5],
    ['require-resources', 'warn', `${container}/resources/requests/cpu`],
    ['disallow-mutable-image', 'warn', `${container}/image`, 'feastflow-backend:latest'],
  ],
  'sample-api composed/production.yaml Rollout': [
    ['disallow-mutable-image', 'deny', `${container}/image`, 'sample-api'],
    ['require-revision-history', 'deny', '/spec/revisionHistoryLimit', 2],
  ],
  'sample-api composed/development.yaml Rollout': [
    ['require-probe-port', 'warn', `${container}/readinessProbe/httpGet/port`, 'web'],
  ],
  'endpoint-stats flask-api-deployment.yaml Deployment': [
    ['limit-probe-timing', 'warn', `${container}/readinessProbe/timeoutSeconds`, 5],
    ['limit-termination-budget', 'deny', `${pod}/terminationGracePeriodSeconds`, 29],
    ['require-resources', 'warn', `${container}/resources/limits/cpu`],
  ],
  'aks-gitops composed/production.yaml PodDisruptionBudget': [
    ['disallow-blocking-disruption-budget', 'deny', '/spec/maxUnavailable', 0],
  ],
  'aks-gitops composed/production.yaml Deployment': [
    ['require-service-port', 'deny', `${container}/ports/0/name`, 'web'],
  ],
}

/** What the pack's rule says of the first object of a kind, e.g. `fail deny`. */
async function verdictOf(
  rule: string,
  system: string,
  objects: readonly KubeObject[],
  kind: string,
): Promise<string[]> {
  const { policies } = await findPolicies({ policy: [`policies/${system}.yaml`] }, process.cwd())
  const object = objects.find((candidate) => candidate.kind === kind)!
  const { results } = evaluate(object, { policies, view: viewOf(objects), now, defaulted: false })
  return results.filter((result) => result.rule === rule).map(({ status, enforcement }) => `${status} ${enforcement}`)
}

for (const [fixture, changes] of Object.entries(demands)) {
  const [system = '', file = '', kind = ''] = fixture.split(' ')
  for (const [rule, enforcement, path, value] of changes) {
    t.test(`${fixture}: ${rule} has a finding once ${path} is otherwise, and none before`, async (t) => {
      const { manifests } = await readManifests([join('test/seeds', system, file)])
      const objects = manifests.map(({ object }) => object)
      const change: Operation = value === undefined ? { op: 'remove', path } : { op: 'add', path, value }
      const changed = objects.map((object) => (object.kind === kind ? applied(object, change) : object))
      const before = await verdictOf(rule, system, objects, kind)
      t.equal(before.length, 1)
      t.notMatch(before[0], 'fail')
      t.same(await verdictOf(rule, system, changed, kind), [`fail ${enforcement}`])
    })
  }
}
