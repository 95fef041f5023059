import fc from 'fast-check'

/** One request to the webhook as fuzzing makes it. */
export interface ReviewCase {
  readonly path: '/validate' | '/mutate'
  readonly body: string | Buffer
}

export interface CaseAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

type Tree = { [key: string]: Tree } | Tree[] | string | number | boolean | null

const probe: Tree = {
  httpGet: { path: '/ready', port: 'http' },
  periodSeconds: 10,
  failureThreshold: 3,
  timeoutSeconds: 1,
}
const podTemplate: Tree = {
  metadata: { labels: { app: 'web' }, annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-01T00:00:00Z' } },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'registry.example/web:1.4.2',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        readinessProbe: probe,
        livenessProbe: { ...probe, exec: { command: ['true'] } },
        startupProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 5 },
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 10'] } } },
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      },
      { name: 'side', image: 'proxy', lifecycle: { preStop: { sleep: { seconds: 5 } } } },
    ],
    initContainers: [{ name: 'init', image: 'init', restartPolicy: 'Always' }],
    terminationGracePeriodSeconds: 30,
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  },
}

const metadata: Tree = {
  name: 'web',
  namespace: 'shop',
  labels: { app: 'web' },
  annotations: {
    'kubernetes.io/change-cause': 'image web 1.4.1 -> 1.4.2',
    'exempt.evenkeel.dev/limit-max-unavailable': 'until=2027-01-31 reason=vendor image has no shell',
    'kubectl.kubernetes.io/last-applied-configuration': '{"spec":{"replicas":4}}',
  },
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'owner', controller: true }],
  managedFields: [{ manager: 'argocd', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {} } } }],
}
const selector: Tree = {
  matchLabels: { app: 'web' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }],
}
const rolling: Tree = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: 1 } }

/** An object of each kind that is judged, with the fields that rules read. */
const objects: readonly Tree[] = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      replicas: 4,
      selector,
      template: podTemplate,
      strategy: rolling,
      minReadySeconds: 5,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      paused: false,
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    spec: {
      replicas: 3,
      selector,
      template: podTemplate,
      serviceName: 'web',
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: 1 } },
    },
  },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', spec: { selector, template: podTemplate, updateStrategy: rolling } },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    spec: {
      replicas: 2,
      selector,
      template: podTemplate,
      workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      strategy: { canary: { maxSurge: '25%', maxUnavailable: 0, steps: [{ setWeight: 10 }, { pause: {} }] } },
    },
  },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { selector, minAvailable: '50%', maxUnavailable: 1 } },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 10,
    },
  },
].map((object) => ({ ...object, metadata }))

const uid = '705ab4f5-6393-11e8-b7cc-42010a800002'

function reviewsOf(object: Tree, operation: string): Tree {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string }
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind: { group, version, kind },
      resource: { group, version, resource: `${kind.toLowerCase()}s` },
      subResource: '',
      name: 'web',
      namespace: 'shop',
      operation,
      userInfo: { username: 'alice', groups: ['dev', 'system:authenticated'], extra: { scopes: ['a'] } },
      object: operation === 'DELETE' ? null : object,
      oldObject: operation === 'CREATE' ? null : object,
      dryRun: false,
      options: { kind: `${operation}Options`, apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl-set' },
    },
  }
}

/** Names that code which forgets about prototypes, pointers or templates trips over. */
const keys = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'hasOwnProperty',
      'length',
      'then',
      '',
      '/',
      '~1',
      'a/b~c',
      '0',
      '-1',
      '${x}',
      '\u0000',
      'maxUnavailable',
      'containers',
      'metadata',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
)
const numbers = fc.oneof(
  fc.constantFrom('0', '-0', '-1', '1e999', '1e-7', '0.5', '2147483648', '9007199254740993', '1E400'),
  fc.integer().map(String),
)
const strings = fc
  .oneof(
    fc.constantFrom(
      '',
      '0%',
      '25%',
      '101%',
      '-5%',
      'NaN%',
      '1.5',
      '100m',
      '\u202e',
      '\u001b[31m',
      '\ud800',
      'until= reason=',
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.nat(20_000).map((length) => 'x'.repeat(length)),
  )
  .map((text) => JSON.stringify(text))

/** The text of any JSON value: repeated keys, `__proto__`, odd numbers and deep nesting included. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    { weight: 3, arbitrary: fc.constantFrom('null', 'true', 'false', '{}', '[]', '[[]]', '[null]') },
    { weight: 2, arbitrary: numbers },
    { weight: 2, arbitrary: strings },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`) },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.tuple(keys, tie('value')), { maxLength: 4 })
        .map((pairs) => `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
    },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 700 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)) },
  ),
})).value

interface Change {
  /** Which of all values of the tree, by a number that is cut to size. */
  readonly at: number
  readonly how: 'replace' | 'remove' | 'rename'
  readonly text: string
  readonly key: string
}

const changes = fc.array(
  fc.record<Change>({
    at: fc.nat(),
    how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'rename'),
    text: jsonText,
    key: keys,
  }),
  { maxLength: 4 },
)

function places(
  tree: Tree,
  found: { readonly parent: Exclude<Tree, string | number | boolean | null>; readonly key: string }[] = [],
) {
  if (typeof tree !== 'object' || tree === null) return found
  for (const key of Object.keys(tree)) {
    found.push({ parent: tree, key })
    places((tree as { [key: string]: Tree })[key] as Tree, found)
  }
  return found
}

/** The JSON text of the tree after the changes; a marker stands for a text that is put in as it is. */
function changed(tree: Tree, list: readonly Change[]): string {
  const copy = structuredClone(tree)
  for (const [index, change] of list.entries()) {
    const all = places(copy)
    const place = all[change.at % all.length]
    if (place === undefined) break
    const parent = place.parent as { [key: string]: Tree }
    if (change.how === 'replace') parent[place.key] = `@@${index}@@`
    else {
      const value = parent[place.key] as Tree
      Reflect.deleteProperty(parent, place.key)
      if (change.how === 'rename' && !Array.isArray(parent))
        Object.defineProperty(parent, change.key, { value, enumerable: true, configurable: true, writable: true })
    }
  }
  return list.reduce(
    (text, change, index) => text.replaceAll(`"@@${index}@@"`, () => change.text),
    JSON.stringify(copy),
  )
}

const reviews = fc
  .tuple(
    fc.constantFrom(...objects),
    fc.constantFrom('CREATE', 'CREATE', 'UPDATE', 'UPDATE', 'DELETE', 'CONNECT'),
    changes,
  )
  .map(([object, operation, list]) => changed(reviewsOf(object, operation), list))

const bodies: fc.Arbitrary<string | Buffer> = fc.oneof(
  { weight: 12, arbitrary: reviews },
  { weight: 2, arbitrary: jsonText },
  { weight: 1, arbitrary: fc.tuple(reviews, fc.nat()).map(([text, at]) => text.slice(0, at % text.length)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.tuple(reviews, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
      const bytes = Buffer.from(text)
      bytes[at % bytes.length] = byte
      return bytes
    }),
  },
)

/** Reviews of every judged kind with up to four values replaced, removed or renamed, and bodies that are no review at all. */
export const arbitraryReview: fc.Arbitrary<ReviewCase> = fc.record({
  path: fc.constantFrom('/validate' as const, '/mutate' as const),
  body: bodies,
})

/** What is wrong with an answer to a body sent as `application/json`, or undefined if it keeps the contract. */
export function contractProblem({ path, body }: ReviewCase, answer: CaseAnswer): string | undefined {
  if (!answer.contentType.startsWith('application/json')) return `content type ${answer.contentType}`
  const json = parsed(answer.body)
  if (typeof json !== 'object' || json === null) return 'the answer is no JSON object'
  const expected = uidOf(body)
  if (expected === undefined) {
    const { kind, code } = json as { kind?: unknown; code?: unknown }
    return answer.status === 400 && kind === 'Status' && code === 400
      ? undefined
      : `HTTP ${answer.status} for what is no review`
  }
  if (answer.status !== 200) return `HTTP ${answer.status} for a review`
  const { apiVersion, kind, response } = json as {
    apiVersion?: unknown
    kind?: unknown
    response?: Record<string, unknown>
  }
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') return 'not an AdmissionReview'
  if (response?.['uid'] !== expected) return 'another uid'
  return responseProblem(path, response)
}

function responseProblem(path: ReviewCase['path'], response: Record<string, unknown>): string | undefined {
  const { allowed, status, patch, patchType, warnings = [], auditAnnotations = {} } = response
  if (typeof allowed !== 'boolean') return 'allowed is no boolean'
  const { code, message } = (status ?? {}) as { code?: unknown; message?: unknown }
  if (!allowed && !(typeof code === 'number' && code >= 400 && typeof message === 'string' && message !== ''))
    return 'a denial without a reason'
  if (!allowed && patch !== undefined) return 'a denial with a patch'
  if (path === '/mutate' && !allowed && code !== 400) return 'a mutation that denies'
  if (path === '/validate' && (patch !== undefined || patchType !== undefined)) return 'a validation with a patch'
  if ((patch === undefined) !== (patchType === undefined)) return 'patch and patchType go together'
  if (typeof patch === 'string' && !Array.isArray(parsed(Buffer.from(patch, 'base64').toString())))
    return 'a patch that is no list'
  if (!Array.isArray(warnings) || warnings.length > 20) return 'warnings'
  if (!warnings.every((text) => typeof text === 'string' && /^[ -~]{1,120}$/.test(text)))
    return 'a warning that would be dropped'
  const annotations = Object.entries(auditAnnotations as object) as [string, unknown][]
  const isKept = ([key, value]: [string, unknown]) =>
    /^[A-Za-z][A-Za-z.-]*$/.test(key) && typeof value === 'string' && value.length <= 1024
  return annotations.every(isKept) ? undefined : 'an audit annotation that would be dropped'
}

/** The uid that has to come back, if the body is a review. */
function uidOf(body: string | Buffer): string | undefined {
  const review = parsed(body.toString()) as
    | { apiVersion?: unknown; kind?: unknown; request?: { uid?: unknown } }
    | null
    | undefined
  if (review?.apiVersion !== 'admission.k8s.io/v1' || review.kind !== 'AdmissionReview') return undefined
  const { request } = review
  if (typeof request !== 'object' || Array.isArray(request)) return undefined
  const found = (request as { uid?: unknown } | null)?.uid
  return typeof found === 'string' && found.length >= 1 && found.length <= 256 ? found : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
