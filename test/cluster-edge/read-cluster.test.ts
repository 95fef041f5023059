import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { kinds } from '../../src/cli/kinds.ts'
import { type Progress, readCluster } from '../../src/cluster/read-cluster.ts'
import { resources } from '../../src/kube/resources.ts'
import type { KubeObject } from '../../src/model/object.ts'
import { type Answer, itemOf, listOf, quick, startFake } from './fake-api-server.ts'

// It waits a lot, and loading the client library takes seconds under the test runner.
t.setTimeout(120_000)

const deployments = '/apis/apps/v1/deployments'
const range = (count: number): string[] => Array.from({ length: count }, (_, i) => `shop/web-${i}`)
const names = (objects: readonly KubeObject[]): string[] =>
  objects.map(({ metadata: { namespace, name } }) => (namespace === undefined ? name! : `${namespace}/${name}`))
const nothing = (): void => undefined

t.test('lists of all sizes', async (t) => {
  await t.test('1200 objects come in pages of 500 over one connection, in order, and are counted', async (t) => {
    const all = range(1200)
    const server = await startFake(t, (path, query) => {
      if (path !== deployments || query.get('limit') !== '500') return 400
      const from = Number(query.get('continue')?.slice('from='.length) ?? 0)
      return listOf(all.slice(from, from + 500), from + 500 < all.length ? `from=${from + 500}` : undefined)
    })
    const progress: Progress[] = []
    const { objects, view, unreadable } = await readCluster(server.options(['Deployment.apps']), (p) =>
      progress.push(p),
    )
    t.same(names(objects), all)
    t.same(objects[1199], {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web-1199', namespace: 'shop' },
      spec: {},
    })
    t.same(
      progress,
      [500, 1000, 1200].map((count) => ({ kind: 'Deployment.apps', count })),
    )
    t.same(server.requests, [
      `${deployments}?limit=500`,
      `${deployments}?limit=500&continue=from%3D500`,
      `${deployments}?limit=500&continue=from%3D1000`,
    ])
    t.equal(server.connections(), 1)
    t.same(unreadable, [])
    t.ok(view.knows('Deployment.apps'))
    t.ok(view.knows('Deployment.apps', 'elsewhere'))
    t.equal(view.list('Deployment.apps', 'shop').length, 1200)
    t.notOk(view.knows('Service', 'shop'), 'which was not asked for')
  })

  await t.test('an empty list is known to be empty, also when Go writes it as null', async (t) => {
    const server = await startFake(t, (path) =>
      path.endsWith('deployments') ? listOf([]) : { metadata: {}, items: null },
    )
    const { objects, view, unreadable } = await readCluster(server.options(['Deployment.apps', 'Service']))
    t.same([objects, unreadable], [[], []])
    t.ok(view.knows('Deployment.apps') && view.knows('Service'))
  })

  await t.test('kinds are read four at a time and come out in the order asked for, each once', async (t) => {
    const kinds = [...Object.keys(resources).reverse(), 'Service']
    let open = 0
    const server = await startFake(t, async (path) => {
      await sleep(40 - 3 * open++)
      return listOf([path.replaceAll('/', '-')])
    })
    const { objects, unreadable } = await readCluster(server.options(kinds))
    t.same(
      objects.map(({ apiVersion, kind }) => [apiVersion, kind]),
      Object.values(resources)
        .reverse()
        .map(({ apiVersion, kind }) => [apiVersion, kind]),
    )
    t.same(unreadable, [])
    t.equal(server.most(), 4)
    t.equal(server.connections(), 4)
  })

  await t.test('a zipped answer is unpacked', async (t) => {
    const server = await startFake(t, (_path, _query, { request, response }) => {
      if (!request.headers['accept-encoding']?.includes('gzip')) return 400
      response.setHeader('content-encoding', 'gzip')
      response.end(gzipSync(JSON.stringify(listOf(range(500)))))
      return undefined
    })
    t.equal((await readCluster(server.options(['Deployment.apps']))).objects.length, 500)
  })

  await t.test('every kind that rules, workloads and policies look at can be read, and no Secret or ConfigMap', (t) => {
    for (const kind of [...kinds, 'ReplicaSet.apps']) t.ok(Object.hasOwn(resources, kind), kind)
    t.notMatch(Object.keys(resources).join(), /Secret|ConfigMap/)
    t.end()
  })

  await t.test('a kind that cannot be read is said to be unknown', async (t) => {
    const server = await startFake(t, () => listOf([]))
    for (const kind of ['Secret', 'constructor']) {
      const { view, unreadable } = await readCluster(server.options([kind]))
      t.same(unreadable, [{ kind, reason: 'evenkeel does not know where this kind is listed' }])
      t.notOk(view.knows(kind))
    }
    t.same(server.requests, [])
  })
})

t.test('an API server in trouble', async (t) => {
  await t.test('a list that expires is begun anew once, and nothing is counted twice', async (t) => {
    let expired = false
    const server = await startFake(t, (_path, query) => {
      if (query.get('continue') === null) return listOf(expired ? ['shop/c', 'shop/d'] : ['shop/a', 'shop/b'], 'x')
      if (expired) return listOf(['shop/e'])
      expired = true
      return 410
    })
    const counts: number[] = []
    const { objects, unreadable } = await readCluster(server.options(['Deployment.apps']), ({ count }) =>
      counts.push(count),
    )
    t.same(names(objects), ['shop/c', 'shop/d', 'shop/e'])
    t.same(unreadable, [])
    t.same(counts, [2, 0, 2, 3])
  })

  await t.test('a list that expires twice is unknown', async (t) => {
    const server = await startFake(t, (_path, query) => (query.has('continue') ? 410 : listOf(['shop/a'], 'x')))
    const { objects, view, unreadable } = await readCluster(server.options(['Deployment.apps']))
    t.same(objects, [])
    t.notOk(view.knows('Deployment.apps', 'shop'))
    t.same(unreadable, [{ kind: 'Deployment.apps', reason: 'said 410' }])
    t.equal(server.requests.length, 4)
  })

  await t.test('a busy API server is given the time it asks for, in seconds or until a date', async (t) => {
    const waits: number[] = []
    let before = 0
    const server = await startFake(t, (_path, _query, { times, response }) => {
      if (times > 1) waits.push(performance.now() - before)
      before = performance.now()
      const until = new Date(Date.now() + 1600).toUTCString()
      if (times <= 3) response.setHeader('retry-after', ['1', until, 'soon'][times - 1]!)
      return times <= 3 ? 429 : listOf(['shop/a'])
    })
    const { objects } = await readCluster(server.options(['Deployment.apps']), nothing, quick)
    t.equal(objects.length, 1)
    t.ok(waits[0]! >= 990, `1 s: ${waits[0]}`)
    t.ok(waits[1]! >= 500, `dates have whole seconds: ${waits[1]}`)
  })

  await t.test('no wait is longer than the longest one', async (t) => {
    const server = await startFake(t, (_path, _query, { times, response }) => {
      response.setHeader('retry-after', '3600')
      return times < 3 ? 429 : listOf(['shop/a'])
    })
    const start = performance.now()
    await readCluster(server.options(['Deployment.apps']), nothing, { ...quick, longestWait: 50 })
    t.ok(performance.now() - start < 20_000)
  })

  await t.test('each wait is twice as long as the one before, less a random part', async (t) => {
    const times: number[] = []
    const server = await startFake(t, () => {
      times.push(performance.now())
      return 503
    })
    const { random } = Math
    t.teardown(() => (Math.random = random))
    const waitsWith = async (chance: number): Promise<number[]> => {
      times.length = 0
      Math.random = () => chance
      await readCluster(server.options(['Node']), nothing, { ...quick, wait: 100 })
      return times.slice(1).map((time, i) => time - times[i]!)
    }
    const longest = await waitsWith(0)
    t.equal(longest.length, quick.tries - 1)
    for (const [i, wait] of longest.entries()) t.ok(wait >= 99 * 2 ** i, `${wait}`)
    const shortest = await waitsWith(0.9999)
    for (const [i, wait] of shortest.entries()) t.ok(wait >= 49 * 2 ** i && wait < longest[i]!, `${wait}`)
  })

  await t.test('a kind that fails again and again is unknown, the others are read', async (t) => {
    const server = await startFake(t, (path) => (path.endsWith('services') ? 503 : listOf(['shop/a'])))
    const { objects, view, unreadable } = await readCluster(
      server.options(['Service', 'Deployment.apps']),
      nothing,
      quick,
    )
    t.same(unreadable, [{ kind: 'Service', reason: 'said 503' }])
    t.notOk(view.knows('Service', 'shop'))
    t.ok(view.knows('Deployment.apps', 'shop'))
    t.same(names(objects), ['shop/a'])
    t.equal(server.requests.filter((path) => path.includes('services')).length, quick.tries)
  })

  await t.test('a page that breaks off is asked for again, with the same token', async (t) => {
    const server = await startFake(t, (_path, query, { response, times }) => {
      if (!query.has('continue')) return listOf(['shop/a'], 'x')
      if (times === 3) return listOf(['shop/b'])
      const text = JSON.stringify(listOf(range(500)))
      if (times === 1) response.setHeader('content-length', text.length)
      response.write(text.slice(0, 30_000), () => (response.socket as { resetAndDestroy?(): void }).resetAndDestroy?.())
      return undefined
    })
    const { objects } = await readCluster(server.options(['Deployment.apps']), nothing, quick)
    t.same(names(objects), ['shop/a', 'shop/b'])
    t.same(server.requests.slice(1), Array(3).fill(`${deployments}?limit=500&continue=x`))
  })

  await t.test('when every try breaks off the cluster is out of reach', async (t) => {
    const server = await startFake(t, (_path, _query, { request }) => {
      request.socket.destroy()
      return undefined
    })
    const kinds = Object.keys(resources)
    await t.rejects(readCluster(server.options(kinds), nothing, quick), {
      code: 'EVENKEEL_CLUSTER_UNREACHABLE',
      message: `cannot reach ${server.url}: socket hang up`,
      cause: { code: 'ECONNRESET' },
    })
    t.ok(server.requests.length <= 4 * quick.tries, 'nothing more is begun')
  })

  await t.test('an answer that drips is waited for, one that stops is not', async (t) => {
    const server = await startFake(t, async (path, _query, { response }) => {
      const text = JSON.stringify(listOf(['shop/a']))
      if (path.endsWith('services')) {
        response.write(text.slice(0, 10))
        return undefined
      }
      if (path.endsWith('nodes')) return undefined
      for (const character of text) {
        response.write(character)
        await sleep(15)
      }
      response.end()
      return undefined
    })
    const pace = { ...quick, idle: 1000 }
    const start = performance.now()
    t.equal((await readCluster(server.options(['Deployment.apps']), nothing, pace)).objects.length, 1)
    t.ok(performance.now() - start > pace.idle)
    for (const kind of ['Service', 'Node']) {
      await t.rejects(readCluster(server.options([kind]), nothing, pace), {
        code: 'EVENKEEL_CLUSTER_UNREACHABLE',
        message: /nothing came for 1 s/,
      })
    }
    t.equal(server.requests.length, 3, 'and no one waits twice')
  })

  const nonsense: Readonly<Record<string, Answer>> = {
    'broken JSON': '{"metadata": {}, "items": [',
    'a page for people': '<html>Sign in</html>',
    'no object': '[]',
    'an object of another kind': { hello: 1 },
    'items that are no list': { items: {} },
    'items that are no objects': { items: [{ metadata: { name: 'a' } }, null] },
    'items without a name': { items: [{ metadata: {} }] },
  }
  for (const [what, answer] of Object.entries(nonsense)) {
    await t.test(`${what} instead of a list: the kind is unknown`, async (t) => {
      const server = await startFake(t, (path) => (path.endsWith('services') ? answer : listOf(['shop/a'])))
      const { objects, view, unreadable } = await readCluster(server.options(['Service', 'Deployment.apps']))
      t.same(unreadable, [{ kind: 'Service', reason: 'the answer is no Kubernetes list' }])
      t.notOk(view.knows('Service', 'shop'))
      t.same(names(objects), ['shop/a'])
    })
  }

  await t.test('a list that does not end is given up', async (t) => {
    const server = await startFake(t, () => listOf(['shop/a'], 'same'))
    const { view, unreadable } = await readCluster(server.options(['Service']))
    t.same(unreadable, [{ kind: 'Service', reason: 'the list does not end' }])
    t.notOk(view.knows('Service', 'shop'))
  })

  await t.test('so is one that ends no more for having a new token each time', async (t) => {
    const many = Array.from({ length: 100_000 }, () => '{"metadata":{"name":"a","namespace":"shop"}}').join()
    const server = await startFake(t, () => `{"metadata":{"continue":"${server.requests.length}"},"items":[${many}]}`)
    const { unreadable } = await readCluster(server.options(['Service']))
    t.same(unreadable, [{ kind: 'Service', reason: 'the list does not end' }])
    t.equal(server.requests.length, 11)
  })

  await t.test('an answer that is a quarter of a gigabyte once it is unzipped is given up', async (t) => {
    const bomb = gzipSync(Buffer.alloc(257 * 1024 * 1024, ' '), { level: 1 })
    const server = await startFake(t, (path, _, { response }) => {
      if (!path.endsWith('services')) return listOf(['shop/a'])
      response.setHeader('content-encoding', 'gzip')
      response.end(bomb)
      return undefined
    })
    const { objects, unreadable } = await readCluster(server.options(['Service', 'Deployment.apps']))
    t.same(unreadable, [{ kind: 'Service', reason: 'the answer is too large' }])
    t.same(names(objects), ['shop/a'])
  })
})

t.test('what RBAC allows', async (t) => {
  const forbidden = (path: string): boolean => !path.includes('/namespaces/')

  await t.test('a kind that may not be listed everywhere is read namespace by namespace', async (t) => {
    const server = await startFake(t, (path) => {
      if (path === '/api/v1/namespaces') return listOf(['blog', 'shop'])
      if (path === '/apis/apps/v1/namespaces/shop/deployments') return listOf(['shop/web'])
      return path === '/api/v1/services' ? listOf(['shop/web', 'blog/web']) : 403
    })
    const kinds = ['Namespace', 'Deployment.apps', 'Service']
    const { objects, view, unreadable } = await readCluster(server.options(kinds))
    t.same(unreadable, [{ kind: 'Deployment.apps', reason: 'said 403', exceptIn: ['shop'] }])
    t.same(names(objects), ['blog', 'shop', 'shop/web', 'shop/web', 'blog/web'])
    t.ok(view.knows('Deployment.apps', 'shop'))
    t.notOk(view.knows('Deployment.apps', 'blog'))
    t.notOk(view.knows('Deployment.apps'))
    t.ok(view.knows('Service', 'blog') && view.knows('Namespace'))
    t.equal(server.requests.filter((path) => path.startsWith('/api/v1/namespaces')).length, 1)
  })

  await t.test('one that may be read in every namespace is wholly known', async (t) => {
    const server = await startFake(t, (path) => {
      if (path === '/api/v1/namespaces') return listOf(['blog', 'shop'])
      return forbidden(path) ? 403 : listOf(path.includes('shop') ? ['shop/web'] : [])
    })
    const { view, unreadable } = await readCluster(server.options(['Deployment.apps']))
    t.same(unreadable, [])
    t.ok(view.knows('Deployment.apps', 'shop') && view.knows('Deployment.apps', 'blog'))
    t.same(view.list('Namespace', ''), [], 'namespaces were only asked for their names')
    t.notOk(view.knows('Namespace'))
  })

  await t.test('who may not list namespaces is read in the namespace of the context', async (t) => {
    const server = await startFake(t, (path) => {
      if (forbidden(path)) return 403
      return path === '/api/v1/namespaces/default' ? itemOf('default') : listOf(['default/web'])
    })
    const kinds = ['Deployment.apps', 'Namespace', 'Node']
    const { objects, view, unreadable } = await readCluster(server.options(kinds))
    t.same(names(objects), ['default/web', 'default'])
    t.match(objects[1], { apiVersion: 'v1', kind: 'Namespace' }, 'its labels may matter to a policy')
    t.same(unreadable, [
      { kind: 'Deployment.apps', reason: 'said 403', exceptIn: ['default'] },
      { kind: 'Namespace', reason: 'said 403', exceptIn: ['default'] },
      { kind: 'Node', reason: 'said 403' },
    ])
    t.ok(view.knows('Deployment.apps', 'default'))
    t.notOk(view.knows('Deployment.apps', 'shop') || view.knows('Node') || view.knows('Namespace'))
  })

  await t.test('who may read nothing knows nothing', async (t) => {
    const server = await startFake(t, () => 403)
    const kinds = Object.keys(resources)
    const { objects, view, unreadable } = await readCluster(server.options(kinds))
    t.same(objects, [])
    t.same(
      unreadable.map(({ kind }) => kind),
      kinds,
    )
    t.notOk(kinds.some((kind) => view.knows(kind) || view.knows(kind, 'default')))
  })

  await t.test('namespaces that are named are the only ones read; nodes belong to none', async (t) => {
    const server = await startFake(t, (path) => {
      if (path === '/api/v1/nodes') return listOf(['node-1'])
      const [, namespace = '', plural] = /\/namespaces\/([^/]+)\/?(.*)/.exec(path) ?? []
      if (plural === '') return namespace === 'shopp' ? 404 : itemOf(namespace)
      return plural === 'services' && namespace === 'blog'
        ? 403
        : listOf([`${namespace}/web`].filter((name) => !name.startsWith('shopp')))
    })
    const kinds = ['Deployment.apps', 'Service', 'Namespace', 'Node']
    const { objects, view, unreadable } = await readCluster(
      server.options(kinds, { namespaces: ['shop', 'blog', 'shop', 'shopp'] }),
    )
    t.same(names(objects), ['shop/web', 'blog/web', 'shop/web', 'shop', 'blog', 'node-1'])
    t.same(unreadable, [
      { kind: 'Service', namespace: 'blog', reason: 'said 403' },
      { kind: 'Namespace', namespace: 'shopp', reason: 'said 404' },
    ])
    t.ok(view.knows('Service', 'shop') && view.knows('Deployment.apps', 'blog') && view.knows('Node'))
    t.notOk(view.knows('Service', 'blog') || view.knows('Deployment.apps', 'other') || view.knows('Deployment.apps'))
    t.equal(server.requests.length, 10)
  })

  await t.test('a namespace stays inside its part of the path', async (t) => {
    const server = await startFake(t, () => listOf([]))
    await readCluster(server.options(['Service'], { namespaces: ['../../apis?x=#'] }))
    t.same(server.requests, ['/api/v1/namespaces/..%2F..%2Fapis%3Fx%3D%23/services?limit=500'])
  })

  await t.test('the words of the API server are cut and cannot steer a terminal', async (t) => {
    const server = await startFake(t, (_path, _query, { response }) => {
      response.statusCode = 500
      return { message: `one\n\u001b[2Jtwo${' and on'.repeat(100)}` }
    })
    const { unreadable } = await readCluster(server.options(['Node']), nothing, quick)
    t.match(unreadable[0]?.reason, /^one \[2Jtwo and on/)
    t.ok(unreadable[0]!.reason.length <= 300)
  })

  await t.test('credentials that are not accepted are an error', async (t) => {
    const server = await startFake(t, () => 401)
    await t.rejects(readCluster(server.options(['Service'])), { name: 'Error', code: 'EVENKEEL_CLUSTER_UNAUTHORIZED' })
  })
})

t.test('kinds that the API server does not serve', async (t) => {
  const rollout = 'Rollout.argoproj.io'
  const group = '/apis/argoproj.io/v1alpha1'

  await t.test('without the custom resource there are no Rollouts; an API that is missing is unknown', async (t) => {
    const server = await startFake(t, () => 404)
    const { view, unreadable } = await readCluster(server.options([rollout, 'PodDisruptionBudget.policy']))
    t.ok(view.knows(rollout, 'shop'))
    t.same(view.list(rollout, 'shop'), [])
    t.same(unreadable, [{ kind: 'PodDisruptionBudget.policy', reason: 'said 404' }])
    t.notOk(view.knows('PodDisruptionBudget.policy', 'shop'))
  })

  const groups: readonly { what: string; answer: Answer; known: boolean }[] = [
    { what: 'the group is not there', answer: 404, known: true },
    { what: 'the group has other kinds only', answer: { resources: [{ name: 'applications' }] }, known: true },
    {
      what: 'the group has Rollouts',
      answer: { resources: [{ name: 'rollouts' }, { name: 'rollouts/status' }] },
      known: false,
    },
    { what: 'the group may not be asked', answer: 403, known: false },
    { what: 'the answer is nonsense', answer: '<html>', known: false },
  ]
  for (const { what, answer, known } of groups) {
    await t.test(
      `who may not list Rollouts ${known ? 'knows there are none' : 'knows nothing'}: ${what}`,
      async (t) => {
        const server = await startFake(t, (path) => {
          if (path === group) return answer
          return path === '/api/v1/namespaces' ? listOf(['shop']) : 403
        })
        for (const namespaces of [undefined, ['shop']]) {
          const { view, unreadable } = await readCluster(server.options([rollout], namespaces && { namespaces }))
          t.equal(view.knows(rollout, 'shop'), known)
          t.equal(unreadable.length, known ? 0 : 1)
        }
      },
    )
  }
})

t.test('what is kept of an object', async (t) => {
  const template = {
    metadata: { labels: { app: 'web' }, annotations: { note: 'kept' } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'web:1',
          env: [
            { name: 'PASSWORD', value: 'hunter2' },
            { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
          ],
          envFrom: [{ secretRef: { name: 'more' } }],
        },
        { name: 'plain' },
      ],
      initContainers: [{ name: 'init', env: [{ name: 'TOKEN', value: 'hunter2' }] }],
      terminationGracePeriodSeconds: 30,
    },
  }
  const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { annotations: { a: 'b' } },
    spec: { template },
  }
  const applied = { manager: 'argocd', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }
  const item = {
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '1',
      generation: 3,
      selfLink: 'x',
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-02T00:00:00Z',
      labels: { app: 'web' },
      annotations: { [lastApplied]: JSON.stringify(manifest), 'kubernetes.io/change-cause': 'v1' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'y', controller: true }],
      finalizers: ['f'],
      managedFields: [
        { manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': {} } },
        { ...applied, apiVersion: 'apps/v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1' },
        { ...applied, subresource: 'status' },
      ],
    },
    spec: { replicas: 3, template },
    status: { readyReplicas: 3 },
  }
  const read = async (t: Test, answer: object): Promise<KubeObject> => {
    const server = await startFake(t, () => ({ items: [answer] }))
    return (await readCluster(server.options(['Deployment.apps']))).objects[0]!
  }

  await t.test('what rules read, without status, other managed fields and secrets', async (t) => {
    const object = await read(t, item)
    const redacted = structuredClone(template) as {
      spec: { containers: { env?: { value?: string }[] }[]; initContainers: { env: { value?: string }[] }[] }
    }
    delete redacted.spec.containers[0]!.env![0]!.value
    delete redacted.spec.initContainers[0]!.env[0]!.value
    const { metadata } = item
    t.strictSame(object, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'web',
        namespace: 'shop',
        labels: metadata.labels,
        creationTimestamp: metadata.creationTimestamp,
        deletionTimestamp: metadata.deletionTimestamp,
        ownerReferences: metadata.ownerReferences,
        annotations: {
          'kubernetes.io/change-cause': 'v1',
          [lastApplied]: JSON.stringify({ ...manifest, spec: { template: redacted } }),
        },
        managedFields: [applied, { ...applied, subresource: 'status' }],
      },
      spec: { replicas: 3, template: redacted },
    })
    t.notMatch(JSON.stringify(object), 'hunter2')
  })

  await t.test('a noted manifest that is none is left out, since nobody can tell what is in it', async (t) => {
    for (const text of ['{"password": "hunter2"', 'hunter2', '"hunter2"']) {
      const { metadata } = await read(t, { metadata: { name: 'web', annotations: { a: 'b', [lastApplied]: text } } })
      t.strictSame(metadata.annotations, { a: 'b' }, text)
    }
  })

  await t.test('odd shapes, as custom resources may have them, are kept as they are', async (t) => {
    for (const spec of [
      null,
      'x',
      [],
      { template: null },
      {
        template: {
          spec: { containers: 'x', initContainers: [null, 1, { env: 'x' }, { env: [null, 1, { name: 'a' }] }] },
        },
      },
    ]) {
      t.strictSame(await read(t, { metadata: { name: 'web' }, spec }), {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec,
      })
    }
    t.notOk('spec' in (await read(t, { metadata: { name: 'web' } })))
  })

  await t.test('names that JavaScript knows are data like any other', async (t) => {
    const server = await startFake(
      t,
      () =>
        '{"items": [{"metadata": {"name": "web", "labels": {"__proto__": "x", "constructor": "y"}}, "spec": {"__proto__": {"a": 1}}}]}',
    )
    const { objects } = await readCluster(server.options(['Deployment.apps']))
    t.same(Object.keys(objects[0]?.metadata.labels ?? {}), ['__proto__', 'constructor'])
    t.notOk('a' in (objects[0]?.['spec'] as object))
  })
})
