import type { AddressInfo } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { type AppOptions, createApp } from './app.ts'
import { type CertificateDirectory, readCertificate, watchCertificate } from './certificate-directory.ts'
import { type Connections, createConnections } from './connections.ts'
import { createHealthApp, type Readiness } from './health.ts'
import { drainServer, type ShutdownTimes } from './shutdown.ts'
import { type CertificateFiles, checkCertificate, type ServingCertificate, secureContext } from './tls.ts'

export interface ServerOptions extends Omit<AppOptions, 'tls' | 'connections'> {
  readonly readiness: Readiness
  readonly host: string
  /** 0 takes a free one; so does `healthPort`. */
  readonly port: number
  readonly healthPort: number
  /** A directory is watched; files are served as they are. */
  readonly certificate: CertificateDirectory | CertificateFiles
  readonly shutdown?: Partial<ShutdownTimes>
}

export interface RunningServer {
  readonly url: string
  readonly healthUrl: string
  /** Drains and stops everything; however often it is called. */
  shutdown(): Promise<void>
}

/** There is no certificate to start with. */
export class CertificateError extends Error {
  readonly code = 'EVENKEEL_CERTIFICATE_INVALID'
}

/** Starts the webhook over TLS and its probes and metrics in plain HTTP; throws a CertificateError, or why it cannot listen. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { readiness, metrics, host } = options
  const certificate = await firstCertificate(options)
  const { files } = certificate
  const connections = createConnections()
  const tls = { context: secureContext(files), requestCert: files.clientCa !== undefined }
  const app = createApp({ ...options, tls, connections })
  const health = createHealthApp(readiness, metrics)
  const stopWatching = keepCertificate(options, certificate, app, connections)
  const stop = async (): Promise<void> => {
    stopWatching()
    await drainServer(app, connections, readiness, { lameDuck: 10_000, drain: 10_000, ...options.shutdown })
    health.server.closeAllConnections()
    await health.close()
  }
  let stopping: Promise<void> | undefined
  try {
    await health.listen({ port: options.healthPort, host })
    await app.listen({ port: options.port, host })
  } catch (error) {
    stopWatching()
    await Promise.all([app.close(), health.close()])
    throw error
  }
  return {
    url: urlOf('https', app, host),
    healthUrl: urlOf('http', health, host),
    shutdown: () => (stopping ??= stop()),
  }
}

async function firstCertificate({ certificate, clientNames }: ServerOptions): Promise<ServingCertificate> {
  const reading =
    'dir' in certificate
      ? await readCertificate(certificate)
      : checkCertificate(certificate, { serverNames: [], now: Date.now() })
  if ('problem' in reading) throw new CertificateError(reading.problem)
  const asksClients = reading.files.clientCa !== undefined
  if (asksClients && clientNames === undefined)
    throw new CertificateError(
      'client-ca.crt needs the names of the clients that may call: its CA may have signed others',
    )
  if (!asksClients && clientNames !== undefined)
    throw new CertificateError('client names need a client-ca.crt that signs their certificates')
  return reading
}

/** Keeps listener, metric and readiness up with the certificate's directory. */
function keepCertificate(
  { certificate: source, metrics, readiness, log }: ServerOptions,
  first: ServingCertificate,
  app: FastifyInstance,
  connections: Connections,
): () => void {
  let serving = first
  let problem = ''
  metrics.certificateExpires(first.expires / 1000)
  readiness.watch('certificate', () => ({
    ok: Date.now() < serving.expires,
    detail: `valid until ${new Date(serving.expires).toISOString()}${problem}`,
  }))
  if (!('dir' in source)) return () => undefined
  return watchCertificate(source, first, {
    onChange(next) {
      if (app.server instanceof TlsServer) app.server.setSecureContext(secureContext(next.files))
      // Open connections keep the verdict of the client CA they were opened under.
      if (next.files.clientCa !== serving.files.clientCa) connections.retireOpen()
      serving = next
      problem = ''
      metrics.certificateExpires(next.expires / 1000)
      log.info(`certificate replaced, valid until ${new Date(next.expires).toISOString()}`)
    },
    onProblem(text) {
      problem = `; the one in ${source.dir} is refused: ${text}`
      metrics.certificateLoadFailed()
      log.warn(`certificate not replaced, the old one stays: ${text}`)
    },
  })
}

function urlOf(scheme: string, app: FastifyInstance, host: string): string {
  const { port } = app.server.address() as AddressInfo
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
