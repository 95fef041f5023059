import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent, request } from 'node:https'
import type { AppOptions } from '../../src/admission/app.ts'
import { createLog, type ServerLog } from '../../src/admission/log.ts'
import { createMetrics, type Metrics } from '../../src/admission/metrics.ts'
import type { MutateOutcome, Reviewer, ValidateOutcome } from '../../src/admission/reviewer.ts'

export const uid = '705ab4f5-6393-11e8-b7cc-42010a800002'

export function deployment(extra: object = {}): Record<string, unknown> {
  const container = { name: 'web', image: 'registry.example/web:1.4.2', ports: [{ containerPort: 8080 }] }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    },
    ...extra,
  }
}

/** An AdmissionReview as the API server sends it, with fields of the request replaced. */
export function reviewOf(request: object = {}, envelope: object = {}): Record<string, unknown> {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      name: 'web',
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['dev', 'system:authenticated'] },
      object: deployment(),
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl-create' },
      ...request,
    },
    ...envelope,
  }
}

export const admits: ValidateOutcome = {
  decision: 'admit',
  warnings: [],
  policies: ['p'],
  findings: [],
  ruleErrors: [],
}
export const changesNothing: MutateOutcome = { operations: [], fixes: [], ruleErrors: [] }

/** A Reviewer that answers what it is told, or does what it is told. */
export function reviewer(
  validate: ValidateOutcome | Reviewer['validate'] = admits,
  mutate: MutateOutcome | Reviewer['mutate'] = changesNothing,
): Reviewer {
  return {
    validate: typeof validate === 'function' ? validate : () => validate,
    mutate: typeof mutate === 'function' ? mutate : () => mutate,
  }
}

export interface Parts extends AppOptions {
  readonly metrics: Metrics
  readonly log: ServerLog
  /** The log's lines so far. */
  readonly lines: () => Record<string, unknown>[]
}

/** Options of an app with a log that can be read. */
export function parts(options: Partial<AppOptions> = {}): Parts {
  const written: string[] = []
  const log = createLog('info', { write: (line) => written.push(line) })
  return {
    reviewer: reviewer(),
    failurePolicyOf: () => 'Fail',
    metrics: createMetrics(['Deployment']),
    log,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    ...options,
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Target {
  readonly url: string
  readonly ca?: string
  readonly agent?: Agent
  readonly cert?: string
  readonly key?: string
}

/** Sends one request over TLS; `write` takes over the writing of the body. */
export function post(
  { url, ca, agent, cert, key }: Target,
  body: string | Buffer,
  headers: Record<string, string | number> = {},
  write: (request: ClientRequest) => void = (request) => request.end(body),
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const secrets = { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key }) }
    const sent = request(url, {
      method: 'POST',
      agent: agent ?? false,
      servername: 'localhost',
      ...secrets,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    })
    sent.on('response', (response) => collect(response).then(resolve, reject))
    sent.on('error', reject)
    write(sent)
  })
}

/** GET in plain HTTP. */
export function get(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = plainRequest(url, { agent: false }, (response) => collect(response).then(resolve, reject))
    sent.on('error', reject)
    sent.end()
  })
}

async function collect(response: IncomingMessage): Promise<Answer> {
  let body = ''
  response.setEncoding('utf8')
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}
