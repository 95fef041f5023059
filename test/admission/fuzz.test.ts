import fc from 'fast-check'
import t from 'tap'
import { createApp } from '../../src/admission/app.ts'
import { jsonDepth } from '../../src/admission/review/json-depth.ts'
import type { MutateOutcome, ValidateOutcome } from '../../src/admission/reviewer.ts'
import type { Json } from '../../src/model/object.ts'
import { arbitraryReview, contractProblem, jsonText } from './arbitrary-review.ts'
import { parts, reviewer } from './review.ts'

t.setTimeout(600_000)

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('', '\n', 'plain [some-rule]', '\u001b[2J', 'x'.repeat(9000)),
)
const ids = fc.array(fc.constantFrom('limit-max-unavailable', 'require-replicas', 'disallow-recreate'), {
  maxLength: 5,
})

const validations: fc.Arbitrary<ValidateOutcome> = fc.record({
  decision: fc.constantFrom('admit', 'warn', 'deny'),
  message: texts.filter((text) => text !== ''),
  warnings: fc.array(texts, { maxLength: 30 }),
  policies: fc.array(texts, { maxLength: 3 }),
  findings: ids.map((rules) => rules.map((rule) => ({ rule, enforcement: 'deny' as const }))),
  ruleErrors: ids,
  change: fc.constantFrom('create', 'template', 'none'),
})

const pointers = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('/spec/paused', '/spec/strategy', '/metadata/labels', '/metadata/annotations'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '/metadata/labels/constructor',
      '/metadata/name',
      '/spec/template/spec/containers/-',
      '',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.array(fc.string({ maxLength: 5 }), { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
  },
)
const mutations: fc.Arbitrary<MutateOutcome> = fc.record({
  operations: fc.array(
    fc.oneof(
      fc.record({
        op: fc.constantFrom('add' as const, 'replace' as const),
        path: pointers,
        value: jsonText.map((text) => JSON.parse(text) as Json),
      }),
      fc.record({ op: fc.constant('remove' as const), path: pointers }),
    ),
    { maxLength: 3 },
  ),
  fixes: ids,
  ruleErrors: ids,
  change: fc.constantFrom('create', 'template'),
})

/** What the Reviewer does with one request: throw, or any outcome. */
const behaviours = fc.record({
  validate: fc.option(validations, { freq: 4 }),
  mutate: fc.option(mutations, { freq: 4 }),
  failurePolicy: fc.constantFrom('Fail' as const, 'Ignore' as const),
})

t.test(
  '20 000 reviews, right and wrong, to a Reviewer that does anything: each answer keeps the contract, in bounded time',
  async (t) => {
    let behaviour: typeof behaviours extends fc.Arbitrary<infer B> ? B : never = {
      validate: null,
      mutate: null,
      failurePolicy: 'Fail',
    }
    const given = <T>(outcome: T | null): T => {
      if (outcome === null) throw new Error('as told')
      return outcome
    }
    const options = parts({
      reviewer: reviewer(
        () => given(behaviour.validate),
        () => given(behaviour.mutate),
      ),
      failurePolicyOf: () => behaviour.failurePolicy,
    })
    const app = createApp(options)
    const statuses: Record<string, number> = {}
    let slowest = 0
    await fc.assert(
      fc.asyncProperty(arbitraryReview, behaviours, async (sent, told) => {
        behaviour = told
        const started = performance.now()
        const answer = await app.inject({
          method: 'POST',
          url: `${sent.path}?timeout=3s`,
          payload: sent.body,
          headers: { 'content-type': 'application/json' },
        })
        slowest = Math.max(slowest, performance.now() - started)
        const { statusCode: status, body, headers } = answer
        const response =
          status === 200 ? (JSON.parse(body) as { response: { allowed: boolean; patch?: string } }).response : undefined
        const seen = `${sent.path} ${status}${response === undefined ? '' : response.allowed ? ' allowed' : ' denied'}${response?.patch === undefined ? '' : ' patched'}`
        statuses[seen] = (statuses[seen] ?? 0) + 1
        const problem = contractProblem(sent, { status, body, contentType: String(headers['content-type']) })
        if (problem !== undefined) throw new Error(problem)
      }),
      { numRuns: 20_000 },
    )
    await app.close()
    t.comment(JSON.stringify({ slowest: Math.round(slowest), ...statuses }))
    t.ok(slowest < 3000, `the slowest took ${Math.round(slowest)} ms`)
    for (const outcome of [
      '/validate 200 allowed',
      '/validate 200 denied',
      '/validate 400',
      '/mutate 200 allowed',
      '/mutate 200 allowed patched',
      '/mutate 200 denied',
      '/mutate 400',
    ])
      t.ok((statuses[outcome] ?? 0) > 100, `${outcome}: ${statuses[outcome]}`)
  },
)

t.test(
  'the depth of a text is never told too low, and exactly once it is too much, wherever it lies in memory',
  (t) => {
    const exact = (text: string): number => {
      let depth = 0
      let deepest = 0
      for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
        if (token === '{' || token === '[') deepest = Math.max(deepest, ++depth)
        else if (token === '}' || token === ']') depth--
      }
      return deepest
    }
    fc.assert(
      fc.property(jsonText, fc.nat(7), fc.nat(20), (text, offset, enough) => {
        const memory = Buffer.alloc(offset + Buffer.byteLength(text), '{')
        const told = jsonDepth(memory.subarray(offset, offset + memory.write(text, offset)), enough)
        const depth = exact(text)
        if (told < depth || (told > enough && told !== depth)) throw new Error(`told ${told}, is ${depth}`)
      }),
      { numRuns: 5000 },
    )
    t.equal(jsonDepth(Buffer.from('[{"a":"[[[\\"[["}]'), 2), 2)
    t.end()
  },
)
