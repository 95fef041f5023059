import t, { type Test } from 'tap'
import { createApp } from '../../src/admission/app.ts'
import { createConnections } from '../../src/admission/connections.ts'
import type { ReviewRequest, Revisions, ValidateOutcome } from '../../src/admission/reviewer.ts'
import { admits, changesNothing, deployment, type Parts, parts, reviewer, reviewOf, uid } from './review.ts'

interface Response {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: {
    readonly code: number
    readonly reason: string
    readonly message: string
    readonly status: string
  }
  readonly warnings?: readonly string[]
  readonly patch?: string
  readonly patchType?: string
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

async function send(options: Parts, path: string, body: unknown, headers: Record<string, string> = {}) {
  const app = createApp(options)
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const answer = await app.inject({
    method: 'POST',
    url: path,
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  })
  await app.close()
  return { status: answer.statusCode, headers: answer.headers, json: answer.json<Record<string, unknown>>() }
}

/** The response of a review that was answered, after a look at its envelope. */
async function review(t: Test, options: Parts, path: string, body: unknown): Promise<Response> {
  const { status, json, headers } = await send(options, path, body)
  t.equal(status, 200)
  t.match(headers['content-type'], /^application\/json/)
  t.match(json, { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid } })
  return json['response'] as Response
}

const paths = ['/validate', '/mutate?timeout=2s'] as const

t.test('a request is let through with its uid and nothing else but annotations', async (t) => {
  const validated = await review(t, parts(), '/validate?timeout=3s', reviewOf())
  t.strictSame(validated, { uid, allowed: true, auditAnnotations: { decision: 'admit', policies: 'p' } })
  const mutated = await review(t, parts(), '/mutate?timeout=2s', reviewOf())
  t.strictSame(mutated, { uid, allowed: true, auditAnnotations: {} })
})

t.test('the Reviewer is given the request as the API server told it', async (t) => {
  const seen: ReviewRequest[] = []
  const options = parts({
    reviewer: reviewer((request) => {
      seen.push(request)
      return admits
    }),
  })
  const old = deployment({ spec: { replicas: 2 } })
  await review(t, options, '/validate', reviewOf({ operation: 'UPDATE', oldObject: old, dryRun: true }))
  t.strictSame(seen, [
    {
      uid,
      operation: 'UPDATE',
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      subResource: '',
      namespace: 'shop',
      name: 'web',
      user: { username: 'alice', groups: ['dev', 'system:authenticated'] },
      dryRun: true,
      object: deployment(),
      oldObject: old,
      fieldManager: 'kubectl-create',
    },
  ])
})

t.test('what the API server leaves out or sends as null reads as empty', async (t) => {
  const seen: ReviewRequest[] = []
  const options = parts({
    reviewer: reviewer((request) => {
      seen.push(request)
      return admits
    }),
  })
  const bare = { uid, operation: 'CREATE', object: deployment(), kind: null, userInfo: {}, namespace: null }
  await review(t, options, '/validate', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: bare })
  t.match(seen[0], { namespace: '', name: '', user: { username: '', groups: [] }, dryRun: false, kind: { kind: '' } })
  t.equal(seen[0]?.oldObject, undefined)
  t.equal(seen[0]?.fieldManager, undefined)
})

const denial: ValidateOutcome = {
  decision: 'deny',
  message:
    'Deployment shop/web would roll out unsafely (policy p):\n- maxUnavailable 25% [limit-max-unavailable]\nFix: evenkeel fix web.yaml \u00b7 Explain: evenkeel explain limit-max-unavailable',
  warnings: ['container web: no livenessProbe [require-liveness-probe]'],
  policies: ['p', 'q'],
  findings: [
    { rule: 'limit-max-unavailable', enforcement: 'deny' },
    { rule: 'limit-max-unavailable', enforcement: 'deny' },
    { rule: 'require-liveness-probe', enforcement: 'warn' },
  ],
  ruleErrors: ['limit-max-surge'],
  change: 'template',
}

t.test('a denial is HTTP 200 with a Forbidden status whose message stands alone, lines kept', async (t) => {
  const options = parts({ reviewer: reviewer(denial) })
  const response = await review(t, options, '/validate', reviewOf())
  t.strictSame(response, {
    uid,
    allowed: false,
    status: { status: 'Failure', code: 403, reason: 'Forbidden', message: denial.message },
    warnings: ['container web: no livenessProbe [require-liveness-probe]'],
    auditAnnotations: {
      decision: 'deny',
      policies: 'p,q',
      findings: 'limit-max-unavailable,require-liveness-probe',
      change: 'template',
    },
  })
  t.strictSame(
    Object.keys(response.auditAnnotations ?? {}).filter((key) => !/^[A-Za-z0-9][-A-Za-z0-9_.]*$/.test(key)),
    [],
    'each key is the name part of a qualified name: the API server puts the webhook and a slash before it',
  )
})

t.test('a waived denial is let through, and the audit log says why', async (t) => {
  const options = parts({ reviewer: reviewer({ ...denial, decision: 'warn', waived: 'bypass: ops (INC-42)' }) })
  const response = await review(t, options, '/validate', reviewOf())
  t.match(response, { allowed: true, auditAnnotations: { decision: 'warn', waived: 'bypass: ops (INC-42)' } })
  t.equal(response.status, undefined)
})

t.test('messages and annotations are bounded and cannot play with a terminal', async (t) => {
  const message = `bad\u001b[31m \u202e${'x'.repeat(20_000)}`
  const rules = Array.from({ length: 200 }, (_, at) => ({
    rule: `limit-some-thing-${at}`,
    enforcement: 'deny' as const,
  }))
  const options = parts({
    reviewer: reviewer({ ...denial, message, findings: rules, waived: `a\u0007${'y'.repeat(5000)}` }),
  })
  const { status, auditAnnotations } = await review(t, options, '/validate', reviewOf())
  t.match(status?.message, /^bad\?\[31m \?x+\n\.\.\.$/)
  t.ok((status?.message.length ?? 0) <= 8192)
  t.strictSame(
    Object.values(auditAnnotations ?? {}).filter((value) => value.length > 1024),
    [],
  )
})

t.test('warnings are printable ASCII, each once, at most 20 of 120 characters; a cut one keeps its rule', async (t) => {
  const long = `container web: ${'gr\u00fc\u00dfe '.repeat(40)}[require-liveness-probe]`
  const given = [
    'tab\there\r\nand \u00b7 there \u{1f600}',
    '',
    ' \n ',
    long,
    long,
    ...Array.from({ length: 30 }, (_, at) => `warning ${at}`),
  ]
  const options = parts({ reviewer: reviewer({ ...admits, decision: 'warn', warnings: given }) })
  const { warnings = [], allowed } = await review(t, options, '/validate', reviewOf())
  t.equal(allowed, true)
  t.equal(warnings.length, 20)
  t.strictSame(
    warnings.filter((text) => !/^[ -~]{1,120}$/.test(text)),
    [],
  )
  t.equal(warnings[0], 'tab here and - there ?')
  t.match(warnings[1], /^container web: gr\?\?e .*\.\.\. \[require-liveness-probe\]$/)
  t.equal(warnings[1]?.length, 120)
  t.equal(warnings[19], '... and 13 more warnings')
  t.ok(warnings.join('').length < 4096)
})

t.test('DELETE, CONNECT and subresources are let through at once, unjudged', async (t) => {
  const options = parts({
    reviewer: reviewer(
      () => t.fail('was asked') as never,
      () => t.fail('was asked') as never,
    ),
  })
  for (const path of paths) {
    for (const request of [
      { operation: 'DELETE', object: null, oldObject: deployment() },
      { operation: 'CONNECT', object: { kind: 'PodExecOptions' } },
      { operation: 'UPDATE', subResource: 'scale', object: { kind: 'Scale' } },
      { operation: 'UPDATE', subResource: 'status' },
    ]) {
      t.strictSame(await review(t, options, path, reviewOf(request)), { uid, allowed: true })
    }
  }
})

t.test('a patch is sent as base64 JSON Patch, and applies', async (t) => {
  const operations = [
    { op: 'replace', path: '/spec/strategy/rollingUpdate/maxUnavailable', value: 0 },
    { op: 'add', path: '/metadata/annotations', value: {} },
    { op: 'add', path: '/metadata/annotations/kubernetes.io~1change-cause', value: 'r\u00e9sum\u00e9 \u{1f600}' },
    { op: 'remove', path: '/metadata/labels/app' },
  ] as const
  const options = parts({
    reviewer: reviewer(admits, { ...changesNothing, operations, fixes: ['limit-max-unavailable'], change: 'create' }),
  })
  const response = await review(t, options, '/mutate', reviewOf())
  t.match(response, {
    allowed: true,
    patchType: 'JSONPatch',
    auditAnnotations: { fixes: 'limit-max-unavailable', change: 'create' },
  })
  t.strictSame(JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()), operations)
  t.match(await options.metrics.render(), 'evenkeel_fixes_total{rule="limit-max-unavailable"} 1')
})

t.test('a patch that the API server would refuse is not sent; the request passes and it is counted', async (t) => {
  const wrong = [
    { op: 'replace', path: '/spec/missing', value: 1 },
    { op: 'remove', path: '/spec/missing' },
    { op: 'remove', path: '/metadata/labels/constructor' },
    { op: 'replace', path: '/metadata/labels/toString', value: 'x' },
    { op: 'add', path: '/spec/absent/child', value: 1 },
    { op: 'add', path: '/spec/replicas/child', value: 1 },
    { op: 'add', path: '/spec/template/spec/containers/7', value: {} },
    { op: 'replace', path: '/spec/template/spec/containers/1', value: {} },
    { op: 'add', path: '/metadata/labels/__proto__', value: {} },
    { op: 'replace', path: '/metadata/name', value: 'other' },
    { op: 'add', path: '/metadata/generateName', value: 'other-' },
    { op: 'replace', path: '', value: {} },
    { op: 'add', path: 'no-slash', value: 1 },
    { op: 'add', path: '/spec/x', value: undefined as never },
  ] as const
  for (const operation of wrong) {
    const before = { op: 'add', path: '/spec/paused', value: true } as const
    const operations = [before, operation]
    const options = parts({ reviewer: reviewer(admits, { ...changesNothing, operations, fixes: ['some-rule'] }) })
    const response = await review(t, options, '/mutate', reviewOf())
    t.strictSame(response, { uid, allowed: true, auditAnnotations: {} }, JSON.stringify(operation))
    const text = await options.metrics.render()
    t.match(text, /^evenkeel_patch_failures_total 1$/m)
    t.notMatch(text, 'evenkeel_fixes_total{')
    t.match(options.lines(), [
      { level: 'error', path: 'mutate', decision: 'admit', rules: [], patchProblem: /^(?!undefined).+/ },
    ])
  }
})

t.test('the object is not touched by the look at its own patch', async (t) => {
  const seen: unknown[] = []
  const value = { nested: [1] }
  const options = parts({
    reviewer: reviewer(admits, ({ object }) => {
      seen.push(object)
      return {
        ...changesNothing,
        operations: [
          { op: 'add', path: '/spec/x', value },
          { op: 'add', path: '/spec/x/nested/-', value: 2 },
        ],
      }
    }),
  })
  await review(t, options, '/mutate', reviewOf())
  t.strictSame(seen, [deployment()])
  t.strictSame(value, { nested: [1] })
})

const breaks = (): never => {
  throw new TypeError("reading 'x' of undefined")
}

t.test('a Reviewer that throws: Fail refuses with an internal error that says whose fault it is', async (t) => {
  const options = parts({ reviewer: reviewer(breaks, breaks), failurePolicyOf: () => 'Fail' })
  const response = await review(t, options, '/validate', reviewOf())
  t.match(response, {
    allowed: false,
    auditAnnotations: { decision: 'deny', failure: 'error' },
    status: { code: 500, reason: 'InternalError', message: /Deployment shop\/web.*internal error of evenkeel/ },
  })
  t.match(response.status?.message, uid)
  t.notMatch(response.status?.message, 'reading', 'what was thrown may quote the object: it goes to the log only')
  t.match(options.lines(), [{ level: 'error', decision: 'deny', failure: /^TypeError: reading 'x'/ }])
  t.match(await options.metrics.render(), 'evenkeel_admission_failures_total{path="validate",cause="error"} 1')
})

t.test('a Reviewer that throws: Ignore lets it through with a warning, and so does any mutation', async (t) => {
  const ignored = await review(
    t,
    parts({ reviewer: reviewer(breaks), failurePolicyOf: () => 'Ignore' }),
    '/validate',
    reviewOf(),
  )
  t.strictSame(ignored, {
    uid,
    allowed: true,
    warnings: ['evenkeel failed on Deployment shop/web; its policy lets it through unjudged'],
    auditAnnotations: { decision: 'warn', failure: 'error' },
  })
  const mutated = await review(t, parts({ reviewer: reviewer(admits, breaks) }), '/mutate', reviewOf({ namespace: '' }))
  t.strictSame(mutated, {
    uid,
    allowed: true,
    warnings: ['evenkeel failed on Deployment web; no field was filled in'],
    auditAnnotations: { decision: 'warn', failure: 'error' },
  })
})

const unreadable = { complaint: 'spec.strategy.canary.maxSurge must match pattern "^[0-9]+%$"' }

t.test('an object that cannot be read: Fail refuses it as invalid and names the field', async (t) => {
  const options = parts({ reviewer: reviewer(() => unreadable), failurePolicyOf: () => 'Fail' })
  const message = `evenkeel cannot read Deployment shop/web: ${unreadable.complaint}. Its policy asks for a verdict.`
  t.strictSame(await review(t, options, '/validate', reviewOf()), {
    uid,
    allowed: false,
    status: { status: 'Failure', code: 422, reason: 'Invalid', message },
    auditAnnotations: { decision: 'deny', failure: 'invalid' },
  })
  t.match(options.lines(), [{ level: 'warn', decision: 'deny', failure: 'invalid' }], 'no error of ours')
  t.notMatch(JSON.stringify(options.lines()), 'maxSurge', 'nothing of the object')
  t.match(await options.metrics.render(), 'evenkeel_admission_failures_total{path="validate",cause="invalid"} 1')
})

t.test('an object that cannot be read: Ignore lets it through with a warning that names the field', async (t) => {
  const options = parts({ reviewer: reviewer(() => unreadable), failurePolicyOf: () => 'Ignore' })
  t.strictSame(await review(t, options, '/validate', reviewOf()), {
    uid,
    allowed: true,
    warnings: [
      'evenkeel cannot read Deployment shop/web: spec.strategy.canary.maxSurge must match pattern "^[0-9]+%$"; its policy le...',
    ],
    auditAnnotations: { decision: 'warn', failure: 'invalid' },
  })
})

t.test('what a Reviewer throws may be anything, and the failure policy may throw as well', async (t) => {
  for (const thrown of [undefined, null, 'text', 7, { uid }, new Error('x'.repeat(100_000))]) {
    const options = parts({
      reviewer: reviewer(() => {
        throw thrown as Error
      }),
      failurePolicyOf: breaks,
    })
    t.match(await review(t, options, '/validate', reviewOf()), { allowed: false, status: { code: 500 } })
    t.ok(JSON.stringify(options.lines()).length < 4000)
  }
})

t.test('an outcome that cannot be encoded is a failure of the Reviewer', async (t) => {
  const circular: unknown[] = []
  circular.push(circular)
  const operations = [{ op: 'add', path: '/spec/x', value: circular as never }] as const
  const mutated = await review(
    t,
    parts({ reviewer: reviewer(admits, { ...changesNothing, operations }) }),
    '/mutate',
    reviewOf(),
  )
  t.match(mutated, { allowed: true, patch: undefined })
  const broken = { ...admits, warnings: undefined as never }
  t.match(await review(t, parts({ reviewer: reviewer(broken) }), '/validate', reviewOf()), {
    allowed: false,
    status: { code: 500 },
  })
})

t.test('a review with a value of the wrong type is refused with 400 and told where, uid echoed', async (t) => {
  const wrong: [object, RegExp][] = [
    [{ operation: 'PATCH' }, /request\.operation: expected CREATE, UPDATE, DELETE or CONNECT, found a string/],
    [{ operation: undefined }, /request\.operation: .* found nothing/],
    [{ operation: ['CREATE'] }, /request\.operation/],
    [{ kind: 'Deployment' }, /request\.kind: expected an object, found a string/],
    [{ kind: { kind: 7 } }, /request\.kind\.kind: expected a string, found a number/],
    [{ kind: { group: {} } }, /request\.kind\.group: expected a string, found an object/],
    [{ subResource: true }, /request\.subResource: expected a string, found a boolean/],
    [{ namespace: 5 }, /request\.namespace/],
    [{ name: [] }, /request\.name: expected a string, found a list/],
    [{ userInfo: [] }, /request\.userInfo: expected an object, found a list/],
    [{ userInfo: { username: 1 } }, /request\.userInfo\.username/],
    [{ userInfo: { groups: 'a' } }, /request\.userInfo\.groups: expected a list of strings/],
    [{ userInfo: { groups: ['a', null] } }, /request\.userInfo\.groups/],
    [{ dryRun: 'false' }, /request\.dryRun: expected a boolean, found a string/],
    [{ object: null }, /request\.object: expected an object, found none/],
    [{ object: undefined }, /request\.object/],
    [{ object: [] }, /request\.object: expected an object, found a list/],
    [{ object: 'x' }, /request\.object/],
    [{ object: { kind: 'Deployment', metadata: {} } }, /request\.object: apiVersion and kind are required/],
    [{ object: { apiVersion: 'apps/v1', kind: {}, metadata: {} } }, /request\.object\.kind/],
    [
      { object: { apiVersion: 'apps/v1', kind: 'Deployment' } },
      /request\.object\.metadata: expected an object, found nothing/,
    ],
    [
      { object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: null } },
      /metadata: expected an object, found null/,
    ],
    [{ operation: 'UPDATE', oldObject: 'x' }, /request\.oldObject: expected an object/],
    [{ operation: 'UPDATE', oldObject: { apiVersion: 'v1', kind: 'x', metadata: [] } }, /request\.oldObject\.metadata/],
    [{ options: [] }, /request\.options: expected an object/],
    [{ options: { fieldManager: 1 } }, /request\.options\.fieldManager/],
  ]
  for (const path of paths) {
    for (const [request, message] of wrong) {
      const options = parts()
      const response = await review(t, options, path, reviewOf(request))
      t.match(response, { allowed: false, status: { code: 400, reason: 'BadRequest', message } }, String(message))
      t.match(await options.metrics.render(), 'evenkeel_admission_refusals_total{reason="Malformed"} 1')
    }
  }
})

t.test('a body that is no AdmissionReview is HTTP 400 with a Status that says what it is', async (t) => {
  const deep = `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"${uid}","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`
  const bodies: [unknown, RegExp][] = [
    ['', /not a JSON object|in the body/],
    ['not json', /not a JSON object/],
    ['{"apiVersion":', /not a JSON object/],
    ['null', /not a JSON object/],
    ['[]', /not a JSON object/],
    ['7', /not a JSON object/],
    ['"text"', /not a JSON object/],
    ['\ufeff{}', /not a JSON object/],
    [Buffer.from([0xff, 0xfe, 0x00, 0x7b]), /not a JSON object/],
    ['{}', /not an AdmissionReview/],
    [reviewOf({}, { apiVersion: 'admission.k8s.io/v1beta1' }), /not an AdmissionReview of admission.k8s.io\/v1/],
    [reviewOf({}, { kind: ['AdmissionReview'] }), /not an AdmissionReview/],
    [reviewOf({}, { request: undefined }), /without a request/],
    [reviewOf({}, { request: null }), /without a request/],
    [reviewOf({}, { request: [] }), /without a request/],
    [reviewOf({}, { request: 'x' }), /without a request/],
    [reviewOf({ uid: undefined }), /uid/],
    [reviewOf({ uid: '' }), /uid/],
    [reviewOf({ uid: 7 }), /uid/],
    [reviewOf({ uid: 'x'.repeat(257) }), /uid/],
    [{ __proto__: null, ...reviewOf(), request: undefined, ['__proto__x']: 1 }, /without a request/],
    [
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","__proto__":{"request":{"uid":"x"}}}',
      /without a request/,
    ],
    ['['.repeat(3_000_000), /nested deeper than 16384/],
    [deep, /nested deeper than 16384/],
  ]
  for (const path of paths) {
    for (const [body, message] of bodies) {
      const options = parts()
      const { status, json } = await send(options, path, body)
      t.equal(status, 400, String(message))
      t.match(json, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'BadRequest', code: 400, message })
      t.match(await options.metrics.render(), 'evenkeel_admission_refusals_total{reason="BadRequest"} 1')
    }
  }
})

t.test(
  'a review nested 10 000 deep is refused, uid echoed; one of 500 is judged; brackets in strings do not count',
  async (t) => {
    const nested = (depth: number) =>
      JSON.stringify(reviewOf()).replace(
        '"replicas":4',
        `"deep":${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`,
      )
    for (const path of paths) {
      const response = await review(t, parts(), path, nested(10_000))
      t.match(response, { allowed: false, status: { code: 400, message: /nested deeper than 512 levels/ } })
      t.equal((await review(t, parts(), path, nested(500))).allowed, true)
      const text = `${'[{'.repeat(50_000)}\\"]}\u00e9\\\\`
      t.equal((await review(t, parts(), path, JSON.stringify(reviewOf({ name: text })))).allowed, true)
      const wide = Array.from({ length: 5000 }, () => ({ a: [] }))
      t.equal((await review(t, parts(), path, reviewOf({ object: deployment({ wide }) }))).allowed, true)
    }
  },
)

t.test('__proto__, constructor and other inherited names are keys like any other', async (t) => {
  const seen: ReviewRequest[] = []
  const options = parts({
    reviewer: reviewer((request) => {
      seen.push(request)
      return admits
    }),
  })
  const text = JSON.stringify(reviewOf()).replace(
    '"labels":{"app":"web"}',
    '"labels":{"__proto__":"a","constructor":"b","hasOwnProperty":"c","toString":"d"},"__proto__":{"polluted":true}',
  )
  const response = await review(
    t,
    options,
    '/validate',
    `${text.slice(0, -1)},"__proto__":{"request":null},"constructor":{"prototype":{}}}`,
  )
  t.equal(response.allowed, true)
  const labels = seen[0]?.object.metadata.labels ?? {}
  t.strictSame(Object.keys(labels), ['__proto__', 'constructor', 'hasOwnProperty', 'toString'])
  t.equal((seen[0]?.object.metadata as { polluted?: boolean }).polluted, undefined)
  t.equal(({} as { polluted?: boolean }).polluted, undefined)
})

t.test('only JSON is read: other media types are 415, whatever the body', async (t) => {
  const body = JSON.stringify(reviewOf())
  for (const type of [
    'application/yaml',
    'text/plain',
    'application/json-patch+json',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
    'nonsense',
  ]) {
    const { status, json } = await send(parts(), '/validate', body, { 'content-type': type })
    t.equal(status, 415, type)
    t.match(json, { kind: 'Status', reason: 'UnsupportedMediaType', code: 415 })
  }
  for (const type of ['application/json', 'application/json; charset=utf-8', 'Application/JSON']) {
    t.equal((await send(parts(), '/validate', body, { 'content-type': type })).status, 200, type)
  }
})

t.test('other paths and methods are told where to go', async (t) => {
  const app = createApp(parts())
  t.teardown(() => app.close())
  const status = async (method: 'GET' | 'POST' | 'PUT' | 'HEAD', url: string) =>
    (await app.inject({ method, url })).statusCode
  t.equal(await status('GET', '/validate'), 405)
  t.equal(await status('PUT', '/mutate?timeout=2s'), 405)
  t.equal(await status('HEAD', '/validate'), 405)
  t.equal(await status('GET', '/validated'), 404)
  t.equal(await status('POST', '/'), 404)
  t.equal(await status('GET', '/metrics'), 404, 'metrics are on the health port')
  t.equal(await status('GET', '/%zz'), 404)
  t.equal(await status('POST', '/validate'), 400, 'no body at all')
  const answer = await app.inject({ method: 'GET', url: '/nowhere' })
  t.match(answer.json(), { kind: 'Status', code: 404, message: /POST \/validate/ })
})

t.test('one log line a review, of names and ids only', async (t) => {
  const secret = 'hunter2-in-an-env'
  const options = parts({ reviewer: reviewer(denial, { ...changesNothing, ruleErrors: ['limit-max-surge'] }) })
  const object = deployment({ spec: { env: secret }, status: secret })
  const name = `web${'x'.repeat(1000)}\u001b[31m"`
  await review(
    t,
    options,
    '/validate?timeout=3s',
    reviewOf({ object, name, dryRun: true, userInfo: { username: secret.slice(0, 3), extra: { token: [secret] } } }),
  )
  await review(t, options, '/mutate', reviewOf({ object }))
  const [validated, mutated] = options.lines()
  t.match(validated, {
    level: 'error',
    time: /^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/,
    uid,
    path: 'validate',
    operation: 'CREATE',
    kind: 'Deployment',
    namespace: 'shop',
    user: 'hun',
    dryRun: true,
    decision: 'deny',
    rules: ['limit-max-unavailable', 'limit-max-unavailable', 'require-liveness-probe'],
    ruleErrors: ['limit-max-surge'],
    change: 'template',
    ms: Number,
  })
  t.equal(String(validated?.['name']).length, 259, 'texts are cut')
  t.match(mutated, { path: 'mutate', ruleErrors: ['limit-max-surge'] })
  t.notMatch(JSON.stringify(options.lines()), secret)
})

t.test('metrics: the names, labels and values that dashboards rely on', async (t) => {
  const options = parts({ reviewer: reviewer(denial) })
  await review(t, options, '/validate', reviewOf({ dryRun: true }))
  await review(
    t,
    options,
    '/validate',
    reviewOf({ kind: { group: 'x', version: 'v1', kind: `Made${'Up'.repeat(100)}` } }),
  )
  await review(t, options, '/mutate', reviewOf({ operation: 'DELETE' }))
  options.metrics.policiesLoaded(3)
  options.metrics.policyLoadFailed()
  options.metrics.certificateExpires(1_900_000_000)
  const text = await options.metrics.render()
  for (const line of [
    'evenkeel_admission_requests_total{path="validate",operation="CREATE",kind="Deployment",decision="deny",dry_run="true"} 1',
    'evenkeel_admission_requests_total{path="validate",operation="CREATE",kind="other",decision="deny",dry_run="false"} 1',
    'evenkeel_admission_requests_total{path="mutate",operation="DELETE",kind="Deployment",decision="admit",dry_run="false"} 1',
    'evenkeel_admission_duration_seconds_count{path="validate"} 2',
    'evenkeel_admission_duration_seconds_bucket{le="+Inf",path="mutate"} 1',
    'evenkeel_findings_total{rule="limit-max-unavailable",enforcement="deny"} 4',
    'evenkeel_findings_total{rule="require-liveness-probe",enforcement="warn"} 2',
    'evenkeel_rule_errors_total{rule="limit-max-surge"} 2',
    'evenkeel_policies_loaded 3',
    'evenkeel_policy_load_failures_total 1',
    'evenkeel_certificate_expiry_timestamp_seconds 1900000000',
    'evenkeel_patch_failures_total 0',
  ])
    t.ok(text.includes(`${line}\n`), line)
  t.match(text, /^process_resident_memory_bytes [1-9]/m)
  t.match(text, /^process_cpu_seconds_total [0-9]/m)
  t.match(text, /^nodejs_eventloop_utilization_ratio [0-9]/m)
})

t.test('a rule that errs in one review is an error line; the others are not', async (t) => {
  const options = parts()
  await review(t, options, '/validate', reviewOf())
  t.match(options.lines(), [{ level: 'info', decision: 'admit', rules: [] }])
})

t.test('an error of our own before the judging is HTTP 500 with a Status, and in the log', async (t) => {
  const options = parts()
  const broken = { ...options, connections: { ...createConnections(), retires: breaks } }
  const { status, json } = await send(broken, '/validate', reviewOf())
  t.equal(status, 500)
  t.match(json, { kind: 'Status', code: 500, reason: 'InternalError' })
  t.notMatch(JSON.stringify(json), 'reading')
  t.match(options.lines(), [{ level: 'error', failure: /^TypeError: reading 'x'/ }])
})

t.test('one after it costs nobody the answer, and is in the log', async (t) => {
  const options = parts()
  const broken = { ...options, metrics: { ...options.metrics, reviewed: breaks } }
  const { status, json } = await send(broken, '/validate', reviewOf())
  t.equal(status, 200)
  t.match(json, { response: { allowed: true } })
  t.match(options.lines(), [{ level: 'error', failure: /^TypeError: reading 'x'/ }])
})

t.test('where a rollback would be refused or altered, the answer waits for the revisions', async (t) => {
  const revision = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web-1' } }
  const asked: { readonly name: string; readonly milliseconds: number }[] = []
  const found = (revisions: Revisions) =>
    parts({
      findRevisions: async ({ name }, milliseconds) => {
        asked.push({ name, milliseconds })
        return revisions
      },
      reviewer: reviewer(
        ({ revisions: known }) => {
          const isKnown = known !== undefined && 'objects' in known && known.objects[0] === revision
          return isKnown ? { ...admits, change: 'rollback' } : { ...admits, decision: 'deny', mayBeRollback: true }
        },
        ({ revisions: known }) => {
          const operations = [{ op: 'add', path: '/spec/paused', value: true }] as const
          return known === undefined ? { ...changesNothing, operations, mayBeRollback: true } : changesNothing
        },
      ),
    })
  const options = found({ objects: [revision] })
  t.match(await review(t, options, '/validate?timeout=3s', reviewOf()), {
    allowed: true,
    auditAnnotations: { change: 'rollback' },
  })
  t.equal((await review(t, options, '/mutate?timeout=2s', reviewOf())).patch, undefined)
  t.strictSame(
    asked.map(({ name }) => name),
    ['web', 'web'],
    'once a review',
  )
  t.ok(asked[0]!.milliseconds > 2000 && asked[0]!.milliseconds <= 2400, 'as long as an answer is in time')
  t.ok(asked[1]!.milliseconds <= 1600)
  t.match(options.lines(), [{ revisionProblem: undefined }, { revisionProblem: undefined }])

  const withheld = found({ problem: 'replicasets.apps is forbidden' })
  t.match(await review(t, withheld, '/validate?timeout=3s', reviewOf()), { allowed: false })
  t.match(withheld.lines(), [{ level: 'warn', decision: 'deny', revisionProblem: 'replicasets.apps is forbidden' }])
  t.match(await withheld.metrics.render(), /^evenkeel_revision_failures_total 1$/m)
})

t.test('nobody asks for revisions where they would change nothing, or where no cluster can be asked', async (t) => {
  const findRevisions = () => Promise.reject(new Error('asked'))
  const denies = { ...admits, decision: 'deny' } as const
  t.match(await review(t, parts({ findRevisions, reviewer: reviewer(denies) }), '/validate', reviewOf()), {
    allowed: false,
  })
  const open = reviewer({ ...denies, mayBeRollback: true })
  t.match(await review(t, parts({ reviewer: open }), '/validate', reviewOf()), { allowed: false })
})

t.test('an error while it waits is answered, too', async (t) => {
  const findRevisions = () => Promise.reject(new Error('a fault of ours'))
  const options = parts({ findRevisions, reviewer: reviewer({ ...admits, decision: 'deny', mayBeRollback: true }) })
  const { status, json } = await send(options, '/validate', reviewOf())
  t.equal(status, 500)
  t.match(json, { kind: 'Status', message: 'evenkeel had an internal error' })
  t.match(options.lines(), [{ level: 'error', failure: /a fault of ours/ }])
})
