import fc from 'fast-check'
import t from 'tap'
import { imageReference } from '../../src/kube/image.ts'

t.test('the parts of an image reference, one by one', (t) => {
  const references: readonly [image: string, parts: object][] = [
    ['web', { repository: 'web' }],
    ['shop/web:1.5.0', { repository: 'shop/web', tag: '1.5.0' }],
    ['localhost:5000/web', { repository: 'localhost:5000/web' }],
    ['registry.example:5000/shop/web:1.5.0', { repository: 'registry.example:5000/shop/web', tag: '1.5.0' }],
    ['[::1]:5000/web', { repository: '[::1]:5000/web' }],
    ['web@sha256:0a', { repository: 'web', digest: 'sha256:0a' }],
    ['registry:5000/web@sha256:0a', { repository: 'registry:5000/web', digest: 'sha256:0a' }],
    ['web:1.5.0@sha256:0a', { repository: 'web', tag: '1.5.0', digest: 'sha256:0a' }],
    ['web:', { repository: 'web' }],
    ['web@', { repository: 'web' }],
    ['', { repository: '' }],
  ]
  for (const [image, parts] of references)
    t.strictSame(imageReference(image), { tag: undefined, digest: undefined, ...parts }, image)
  t.end()
})

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
const registry = fc
  .tuple(
    fc.constantFrom('localhost', 'registry.example.com', '10.0.0.1'),
    fc.option(fc.integer({ min: 1, max: 65_535 })),
  )
  .map(([host, port]) => (port === null ? `${host}/` : `${host}:${port}/`))
const parts = fc.record({
  registry: fc.option(registry, { nil: '' }),
  path: fc.array(word, { minLength: 1, maxLength: 3 }),
  tag: fc.option(fc.stringMatching(/^\w[\w.-]{0,10}$/), { nil: undefined }),
  digest: fc.option(
    fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`),
    { nil: undefined },
  ),
})

t.test('whatever a reference is put together from, it falls apart into the same', (t) => {
  fc.assert(
    fc.property(parts, ({ registry, path, tag, digest }) => {
      const repository = `${registry}${path.join('/')}`
      const image = `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
      t.strictSame(imageReference(image), { repository, tag, digest }, image)
    }),
  )
  t.end()
})
