import fc from 'fast-check'
import t from 'tap'
import { createApp } from '../../src/admission/app.ts'
import type { Reviewer } from '../../src/admission/reviewer.ts'
import { createReviewer, failurePolicyFor } from '../../src/cli/webhook/reviewer.ts'
import type { EnabledRule } from '../../src/model/policy.ts'
import { enable } from '../../src/policy/enable.ts'
import { presetFile } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { arbitraryReview, contractProblem } from '../admission/arbitrary-review.ts'
import { parts, reviewOf } from '../admission/review.ts'

t.setTimeout(600_000)

t.test(
  '20 000 reviews, right and wrong, to the engine with strict: the contract holds, and no rule ever fails',
  async (t) => {
    const policies = [enable(presetFile('strict'), rules)]
    const engine = createReviewer({ policies: () => policies, now: () => Date.parse('2026-11-21T12:00:00Z') })
    const failures: string[] = []
    const watched = <Outcome extends ReturnType<Reviewer['validate'] | Reviewer['mutate']>>(
      outcome: Outcome,
    ): Outcome => {
      if ('ruleErrors' in outcome) failures.push(...outcome.ruleErrors)
      return outcome
    }
    const reviewer: Reviewer = {
      validate: (request) => watched(engine.validate(request)),
      mutate: (request) => watched(engine.mutate(request)),
    }
    const app = createApp(parts({ reviewer, failurePolicyOf: (review) => failurePolicyFor(review, policies, 0) }))
    const seen: Record<string, number> = {}
    let slowest = 0
    await fc.assert(
      fc.asyncProperty(arbitraryReview, async (sent) => {
        const started = performance.now()
        const {
          statusCode: status,
          body,
          headers,
        } = await app.inject({
          method: 'POST',
          url: `${sent.path}?timeout=3s`,
          payload: sent.body,
          headers: { 'content-type': 'application/json' },
        })
        slowest = Math.max(slowest, performance.now() - started)
        const problem = contractProblem(sent, { status, body, contentType: String(headers['content-type']) })
        if (problem !== undefined) throw new Error(problem)
        const response =
          status === 200
            ? (JSON.parse(body) as { response: { allowed: boolean; patch?: string; status?: { code: number } } })
                .response
            : undefined
        const what =
          response === undefined
            ? ''
            : response.allowed
              ? response.patch
                ? ' patched'
                : ' allowed'
              : ` denied ${response.status?.code}`
        const key = `${sent.path} ${status}${what}`
        seen[key] = (seen[key] ?? 0) + 1
      }),
      { numRuns: 20_000 },
    )
    await app.close()
    t.comment(JSON.stringify({ slowest: Math.round(slowest), ...seen }))
    t.strictSame([...new Set(failures)], [], 'rules that threw')
    // Few of the reviews that survive a mutation leave something to be fixed.
    t.ok((seen['/mutate 200 patched'] ?? 0) > 5, `patched: ${seen['/mutate 200 patched']}`)
    t.ok(slowest < 3000, `the slowest took ${Math.round(slowest)} ms`)
    for (const outcome of ['/validate 200 allowed', '/validate 200 denied 403', '/validate 400']) {
      t.ok((seen[outcome] ?? 0) > 100, `${outcome}: ${seen[outcome]}`)
    }
  },
)

t.test('a rule that throws leaves its trace on both paths', async (t) => {
  const strict = enable(presetFile('strict'), rules)
  const bug = (enabled: EnabledRule): EnabledRule => ({
    ...enabled,
    rule: {
      ...enabled.rule,
      check: () => {
        throw new Error('bug')
      },
    },
  })
  const broken = strict.rules.map((enabled) => (enabled.rule.id === 'limit-max-surge' ? bug(enabled) : enabled))
  const policies = [{ ...strict, failurePolicy: 'Ignore' as const, rules: broken }]
  const options = parts({ reviewer: createReviewer({ policies: () => policies, now: Date.now }) })
  const app = createApp(options)
  for (const path of ['/mutate', '/validate']) {
    const { statusCode } = await app.inject({ method: 'POST', url: path, payload: reviewOf() })
    t.equal(statusCode, 200)
  }
  await app.close()
  const [mutated, validated] = options.lines()
  t.match(mutated, { path: 'mutate', ruleErrors: ['limit-max-surge'] })
  t.match(validated, { path: 'validate', ruleErrors: ['limit-max-surge'] })
  t.match(await options.metrics.render(), 'evenkeel_rule_errors_total{rule="limit-max-surge"} 2')
})
