import t from 'tap'
import { judgedKinds } from '../../src/cli/kinds.ts'
import { admissionRules } from '../../src/cli/webhook/admission-rules.ts'
import type { GroupKind } from '../../src/model/object.ts'

const operations = ['CREATE', 'UPDATE']
const namespaced = (apiGroup: string, version: string, ...resources: string[]) => ({
  apiGroups: [apiGroup],
  apiVersions: [version],
  resources,
  operations,
  scope: 'Namespaced',
})

t.test('the API server is told to ask about every kind that a rule judges', async (t) => {
  t.strictSame(admissionRules(judgedKinds), [
    namespaced('apps', 'v1', 'deployments', 'statefulsets', 'daemonsets'),
    namespaced('argoproj.io', 'v1alpha1', 'rollouts'),
    namespaced('policy', 'v1', 'poddisruptionbudgets'),
  ])
})

t.test(
  'it is asked about whatever kind a rule comes to judge, of the core group and without a namespace too',
  async (t) => {
    const rulesFor = (...kinds: GroupKind[]) => admissionRules(kinds)
    t.strictSame(rulesFor('Service', 'PersistentVolumeClaim'), [
      namespaced('', 'v1', 'services', 'persistentvolumeclaims'),
    ])
    t.strictSame(rulesFor('Service', 'Namespace'), [{ ...namespaced('', 'v1', 'services', 'namespaces'), scope: '*' }])
    t.throws(
      () => rulesFor('Widget.example.com'),
      /Widget\.example\.com/,
      'a kind that nobody can look up is no silence',
    )
  },
)
