import { evaluate } from '../engine/evaluate.ts'
import { fix } from '../engine/fix.ts'
import { applied, withParents } from '../kube/patch.ts'
import { dotted } from '../kube/pointer.ts'
import { viewOf } from '../kube/view-of.ts'
import type { KubeObject } from '../model/object.ts'
import type { Rule } from '../model/rule.ts'
import type { World } from '../model/world.ts'
import { enable } from '../policy/enable.ts'
import { presetFile } from '../policy/presets.ts'
import { denyText } from '../report/deny-text.ts'

const probe = { httpGet: { path: '/healthz', port: 8080 } }
const container = { name: 'web', image: 'registry.example/web:1.4.2', ports: [{ containerPort: 8080 }] }

function deployment(strategy: object, probes: object): KubeObject {
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ ...container, ...probes }] } }
  const spec = { replicas: 4, selector: { matchLabels: labels }, ...strategy, template }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec }
}

function patchLines(object: KubeObject, world: World): string[] {
  const { applied: fixes } = fix(object, world, 'admission')
  const operations = fixes.flatMap((one) => one.operations.slice(-1))
  return operations.map(
    (one) => `# the webhook wrote ${dotted(one.path)} = ${'value' in one ? JSON.stringify(one.value) : ''}`,
  )
}

/** What kubectl shows of a refused and of a repaired Deployment: the engine's own words for the two objects above. */
export function atWork(rules: readonly Rule[]): string {
  const policies = [enable(presetFile('strict'), rules)]
  const user = { username: 'alice', groups: [] }
  const request = {
    operation: 'CREATE',
    user,
    change: 'create',
    fieldManager: 'kubectl-client-side-apply',
  } as const
  const world: World = { policies, view: viewOf([]), now: 0, defaulted: true, request }
  const budget = { maxUnavailable: '25%', maxSurge: '25%' }
  const applied25 = { type: 'RollingUpdate', rollingUpdate: budget }
  const unsafe = deployment({ strategy: applied25 }, { readinessProbe: probe })
  const noted = withNote(unsafe)
  const refused = denyText(evaluate(fix(noted, world, 'admission').object, world), world)
  const healthy = deployment({}, { readinessProbe: probe, livenessProbe: probe, startupProbe: probe })
  return [
    '$ kubectl apply -f unsafe.yaml',
    `Error from server (Forbidden): admission webhook "validate.evenkeel.dev" denied the request: ${refused}`,
    '',
    '$ kubectl apply -f web.yaml     # says nothing of strategy, hooks and causes',
    'deployment.apps/web created',
    ...patchLines(healthy, world),
  ].join('\n')
}

/** As \`kubectl apply\` notes what its file says, so that the strategy is known to be an author's choice. */
function withNote(object: KubeObject): KubeObject {
  const path = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration'
  return withParents(object, { op: 'add', path, value: JSON.stringify(object) }).reduce(applied, object)
}
