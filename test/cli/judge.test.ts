import t from 'tap'
import { shapeComplaint } from '../../src/cli/judge.ts'

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
