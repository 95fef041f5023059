import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { statusBody } from './review/encode.ts'

/** Milliseconds, but for `maxConnections`. */
export interface ListenerLimits {
  /**
   * The API server gives up an idle connection after 90 s and does not send a POST again that died with one; so this is
   * longer, and so is `headersTimeout`, which also ends connections that were opened ahead and not used yet.
   */
  readonly keepAliveTimeout: number
  readonly headersTimeout: number
  readonly handshakeTimeout: number
  /** How often the above are looked at. */
  readonly connectionsCheckingInterval: number
  readonly maxConnections: number
}

export interface ListenerTls {
  readonly context: SecureContextOptions
  /** Asks callers for a certificate of the context's `ca`. */
  readonly requestCert: boolean
}

const defaultLimits: ListenerLimits = {
  keepAliveTimeout: 120_000,
  headersTimeout: 100_000,
  handshakeTimeout: 10_000,
  connectionsCheckingInterval: 1000,
  maxConnections: 1024,
}

/** An HTTP/1.1 server over TLS; without `tls` a plain one, for requests that are injected. */
export function createListener(
  handler: RequestListener,
  tls?: ListenerTls,
  given: Partial<ListenerLimits> = {},
): Server {
  const { handshakeTimeout, maxConnections, ...limits } = { ...defaultLimits, ...given }
  // Bodies have a deadline of their own, by the caller's timeout.
  const options = { ...limits, requestTimeout: limits.headersTimeout }
  const server =
    tls === undefined
      ? createHttpServer(options, handler)
      : createHttpsServer(
          {
            ...options,
            ...tls.context,
            requestCert: tls.requestCert,
            rejectUnauthorized: tls.requestCert,
            ALPNProtocols: ['http/1.1'],
            handshakeTimeout,
          },
          handler,
        )
  server.maxConnections = maxConnections
  return server
}

const parserErrors: Readonly<Record<string, readonly [code: number, reason: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'RequestHeaderFieldsTooLarge'],
}

/** Answers what Node's HTTP parser refuses; where nobody could read an answer, before the TLS handshake say, the socket is closed. */
export function answerClientError(error: { readonly code?: string }, socket: Socket): void {
  const code = error.code ?? ''
  const response = (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage
  const canAnswer = /^(HPE_|ERR_HTTP_)/.test(code) && socket.writable && response?.headersSent !== true
  if (!canAnswer) {
    socket.destroy()
    return
  }
  const [status, reason] = parserErrors[code] ?? [400, 'BadRequest']
  const body = statusBody({ code: status, reason, message: 'evenkeel cannot read this request' })
  const head = ['Connection: close', 'Content-Type: application/json', `Content-Length: ${body.length}`]
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
