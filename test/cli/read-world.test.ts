import { join } from 'node:path'
import t from 'tap'
import { readWorld } from '../../src/cli/files/read-world.ts'
import { lookedAt } from '../../src/cli/kinds.ts'
import { resources } from '../../src/kube/resources.ts'

t.test('--namespace is for objects that can be in one, of whatever kind a rule comes to look at', async (t) => {
  const served = Object.values(resources).filter(({ kind }) => lookedAt.has(kind))
  const items = served.map(({ apiVersion, kind }) => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase() },
    spec: { template: {} },
  }))
  const dir = t.testdir({ 'all.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  const { manifests } = await readWorld([join(dir, 'all.json')], [], { namespace: 'shop' })
  t.strictSame(
    manifests.map(({ object: { kind, metadata } }) => ({ kind, namespace: metadata.namespace })),
    served.map(({ kind, scope }) => ({ kind, namespace: scope === 'namespace' ? 'shop' : undefined })),
  )
})
