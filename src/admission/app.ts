import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { createBodyReader, type Received } from './body.ts'
import { createBudget } from './budget.ts'
import { isClientNamed } from './client-names.ts'
import { type Connections, createConnections } from './connections.ts'
import { answerClientError, createListener, type ListenerLimits, type ListenerTls } from './listener.ts'
import type { ServerLog } from './log.ts'
import { makeRoom } from './make-room.ts'
import type { Metrics } from './metrics.ts'
import { type Refusal, statusBody } from './review/encode.ts'
import { type Answer, createJudge, type JudgeOptions } from './review/judge.ts'
import type { ReviewPath } from './reviewer.ts'

export interface AppOptions extends JudgeOptions {
  readonly metrics: Metrics
  readonly log: ServerLog
  /** Absent: plain HTTP, for `inject()`. */
  readonly tls?: ListenerTls
  /** Who may call, by the certificate's common or DNS name; absent: everyone. */
  readonly clientNames?: readonly string[]
  readonly connections?: Connections
  readonly limits?: Partial<Limits>
}

export interface Limits extends ListenerLimits {
  /** Two objects of 3 MiB, the API server's own limit, and an envelope. */
  readonly maxBodyBytes: number
  /** Bodies above this many bytes wait for room in the budget. */
  readonly smallBodyBytes: number
  /** Bytes of big bodies held at the same time. */
  readonly bodyBudgetBytes: number
  /** Big bodies that wait; the next one is sent away with 429. */
  readonly maxWaiting: number
}

type Refuse = (reply: FastifyReply, refusal: Refusal) => void

/** The webhook, apart from listening: `POST /validate` and `POST /mutate`. */
export function createApp(options: AppOptions): FastifyInstance {
  const { metrics, log, tls, limits = {}, connections = createConnections(), clientNames } = options
  const refuse: Refuse = (reply, refusal) => {
    metrics.refused(refusal.reason)
    sendRefusal(reply, refusal)
  }
  const app = fastify({
    logger: false,
    return503OnClosing: false,
    serverFactory: (handler) => createListener(handler, tls, limits),
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, _request, reply) => refuse(reply, notFound),
  })
  for (const event of ['connection', 'secureConnection'])
    app.server.on(event, (socket: Socket) => connections.opened(socket))
  makeRoom(app.server, connections, options)
  if (clientNames !== undefined) refuseStrangers(app, clientNames, refuse)
  addParser(app, limits)
  app.setErrorHandler((error, _request, reply) => {
    const refusal = refusalOf(error)
    if (refusal === internal) log.broke(error)
    refuse(reply, refusal)
  })
  app.setNotFoundHandler((request, reply) => refuse(reply, isReviewPath(request.url) ? notAllowed : notFound))
  const answer = createAnswer(options, connections, refuse)
  app.post('/validate', (request, reply) => answer('validate', request, reply))
  app.post('/mutate', (request, reply) => answer('mutate', request, reply))
  return app
}

/** JSON only, kept as the bytes that came: no schema, no coercion, no key left out. */
function addParser(app: FastifyInstance, limits: Partial<Limits>): void {
  const { maxBodyBytes = 7 * 1024 * 1024, smallBodyBytes = 64 * 1024 } = limits
  const { bodyBudgetBytes = 32 * 1024 * 1024, maxWaiting = 64 } = limits
  const readBody = createBodyReader(
    { maxBytes: maxBodyBytes, smallBytes: smallBodyBytes },
    createBudget(bodyBudgetBytes, maxWaiting),
  )
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', (request, payload, done) => {
    const { timeout } = request.query as { readonly timeout?: unknown }
    readBody(payload, { contentLength: request.headers['content-length'], timeout }, (received) => done(null, received))
  })
}

function createAnswer(options: AppOptions, connections: Connections, refuse: Refuse) {
  const { metrics, log } = options
  const judge = createJudge(options)
  const send = (reply: FastifyReply, answer: Answer, startedAt: number): void => {
    if (answer.type === 'unreadable') return refuse(reply, answer.refusal)
    // The answer goes first: the API server waits for it, and what counts and logs it must not cost it.
    void reply.header('content-type', 'application/json').send(answer.body)
    const milliseconds = performance.now() - startedAt
    try {
      if (answer.type === 'malformed') return metrics.refused('Malformed')
      metrics.reviewed(answer.record, milliseconds / 1000)
      log.reviewed(answer.record, milliseconds)
    } catch (error) {
      log.broke(error)
    }
  }
  return (path: ReviewPath, request: FastifyRequest, reply: FastifyReply): void => {
    const received = request.body as Received | undefined
    if (connections.retires(request.raw.socket, performance.now())) void reply.header('connection', 'close')
    if (received === undefined) return refuse(reply, empty)
    if (received.type === 'refused') return refuse(reply, received.refusal)
    const { raw, startedAt, deadline } = received
    const answer = judge(path, raw, deadline)
    if (!('then' in answer)) return send(reply, answer, startedAt)
    answer.then((settled) => send(reply, settled, startedAt)).catch((error: unknown) => void reply.send(error))
  }
}

function refuseStrangers(app: FastifyInstance, names: readonly string[], refuse: Refuse): void {
  const strangers = new WeakSet()
  app.server.on('secureConnection', (socket: TLSSocket) => {
    if (!isClientNamed(socket, names)) strangers.add(socket)
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (strangers.has(request.raw.socket)) refuse(reply, stranger)
    else done()
  })
}

function sendRefusal(reply: FastifyReply, refusal: Refusal): void {
  const { code } = refusal
  if (code !== 400 && code !== 404) void reply.header('connection', 'close')
  if (code === 429) void reply.header('retry-after', '1')
  void reply.code(code).header('content-type', 'application/json').send(statusBody(refusal))
}

const empty: Refusal = { code: 400, reason: 'BadRequest', message: 'evenkeel expects an AdmissionReview in the body' }
const notFound: Refusal = { code: 404, reason: 'NotFound', message: 'evenkeel answers POST /validate and POST /mutate' }
const notAllowed: Refusal = { ...notFound, code: 405, reason: 'MethodNotAllowed' }
const mediaType: Refusal = { code: 415, reason: 'UnsupportedMediaType', message: 'evenkeel reads application/json' }
const stranger: Refusal = {
  code: 403,
  reason: 'Forbidden',
  message: 'evenkeel does not know the name in this client certificate',
}
const internal: Refusal = { code: 500, reason: 'InternalError', message: 'evenkeel had an internal error' }

function refusalOf(error: unknown): Refusal {
  const status = (error as { readonly statusCode?: unknown }).statusCode
  return status === 415 ? mediaType : status === 400 ? empty : internal
}

function isReviewPath(url: string): boolean {
  return /^\/(validate|mutate)(\?|$)/.test(url)
}
