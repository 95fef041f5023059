import t from 'tap'
import { isJudged, shapeComplaint } from '../../src/cli/judge.ts'
import { judgedKinds } from '../../src/cli/kinds.ts'
import type { GroupKind } from '../../src/model/object.ts'

function objectOf(groupKind: GroupKind) {
  const [kind = '', ...group] = groupKind.split('.')
  return { apiVersion: [...(group.length > 0 ? [group.join('.')] : []), 'v1'].join('/'), kind, metadata: {} }
}

t.test('what the API server asks about is judged, and nothing else, whatever its kind is called', (t) => {
  for (const kind of judgedKinds) t.ok(isJudged(objectOf(kind)), kind)
  for (const kind of [
    'workload',
    'constructor',
    'Pod',
    'ReplicaSet.apps',
    'Deployment.extensions',
    'Service.serving.knative.dev',
  ])
    t.notOk(isJudged(objectOf(kind)), kind)
  t.end()
})

t.test('a value of a wrong type is told with its object, its path as people write it, and what was found', (t) => {
  const complaint = (spec?: object) =>
    shapeComplaint({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, ...(spec && { spec }) })
  const containers = [{ name: 'web', resources: { requests: { cpu: '100 m' } } }]
  t.strictSame(complaint({ template: { spec: { containers } } }), {
    code: 'EVENKEEL_OBJECT_INVALID',
    path: '/spec/template/spec/containers/0/resources/requests/cpu',
    message:
      'Deployment web: spec.template.spec.containers[0].resources.requests.cpu must be a quantity such as 100m or 1Gi; found "100 m"',
  })
  t.equal(complaint()?.message, 'Deployment web: needs a field "spec"')
  t.equal(complaint({ template: {} }), undefined)
  t.end()
})
