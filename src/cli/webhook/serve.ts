import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createReadiness, type Readiness } from '../../admission/health.ts'
import { createLog, type ServerLog } from '../../admission/log.ts'
import { createMetrics, type Metrics } from '../../admission/metrics.ts'
import type { FindRevisions } from '../../admission/reviewer.ts'
import { CertificateError, type RunningServer, type ServerOptions, startServer } from '../../admission/server.ts'
import { kindOf } from '../../kube/group-kind.ts'
import type { ServeOptions } from '../commands/serve.ts'
import { exitCode, UsageError } from '../exit-code.ts'
import { judgedKinds } from '../kinds.ts'
import { unwritable } from '../output.ts'
import { version } from '../version.ts'
import { blindPolicies, blindRules } from './blind-policies.ts'
import { revisionSource } from './find-revisions.ts'
import { createPolicySource, type PolicySource } from './policy-source.ts'
import { createReviewer, failurePolicyFor } from './reviewer.ts'
import { systemNamespaces } from './system-namespaces.ts'

const mountedSecret = '/etc/evenkeel/tls'

interface Certificate {
  readonly certificate: ServerOptions['certificate']
  /** Called once the server has its ports, so that a second one does not take the first one's files away. */
  readonly publish: () => void
}

/** With `--dev` a certificate of its own for those names, also written to `--tls-dir` if that is given; else the directory to watch. */
async function certificateOf({ dev, tlsDir, serverName }: ServeOptions): Promise<Certificate> {
  if (dev !== true)
    return { certificate: { dir: tlsDir ?? mountedSecret, serverNames: serverName ?? [] }, publish: () => undefined }
  const { createDevCertificate } = await import('../../admission/dev-certificate.ts')
  const { ca, cert, key } = await createDevCertificate(serverName)
  const publish = (): void => {
    if (tlsDir === undefined) return
    const files = { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key }
    try {
      mkdirSync(tlsDir, { recursive: true })
      for (const [name, pem] of Object.entries(files)) writeFileSync(join(tlsDir, name), pem, { mode: 0o600 })
    } catch (error) {
      throw new UsageError(unwritable(tlsDir, error), 'EVENKEEL_OUTPUT_UNWRITABLE')
    }
  }
  return { certificate: { cert, key }, publish }
}

/** Policies whose state shows in log, metrics and readiness. */
async function watchPolicies(
  options: ServeOptions,
  log: ServerLog,
  metrics: Metrics,
  readiness: Readiness,
): Promise<PolicySource> {
  const source = await createPolicySource(options, {
    onLoad: ({ policies, from, warnings }) => {
      metrics.policiesLoaded(policies.length)
      log.info(`policies loaded from ${from}: ${policies.map(({ name }) => name).join(', ')}`)
      for (const line of [...warnings, ...blindPolicies(policies, systemNamespaces)]) log.warn(line)
      const skipped = blindRules(policies)
      if (skipped.length > 0) log.info(`skipped, as the objects they need are not seen here: ${skipped.join(', ')}`)
    },
    onFailure: (problem) => {
      metrics.policyLoadFailed()
      log.warn(`policies not loaded, the ones before stay in force: ${problem}`)
    },
  })
  readiness.watch('policies', () => {
    const policies = source.current()
    const problem = source.problem()
    const refused = problem === undefined ? [] : [`the files are refused: ${problem}`]
    const names = policies.map(({ name }) => name).join(', ')
    return { ok: true, detail: [names, ...blindPolicies(policies, systemNamespaces), ...refused].join('; ') }
  })
  return source
}

/** Undefined, and said so in log and readiness, where the API server cannot be asked. */
async function revisionsFor(
  { serviceAccount }: ServeOptions,
  log: ServerLog,
  readiness: Readiness,
): Promise<FindRevisions | undefined> {
  const source = await revisionSource(serviceAccount)
  const isThere = 'find' in source
  const detail = isThere ? `recognised by revisions at ${source.server}` : `not recognised: ${source.problem}`
  log.info(`rollbacks are ${detail}`)
  readiness.set('rollbacks', { ok: true, detail })
  return isThere ? source.find : undefined
}

async function started(options: ServerOptions): Promise<RunningServer> {
  try {
    return await startServer(options)
  } catch (error) {
    const code = error instanceof CertificateError ? error.code : 'EVENKEEL_USAGE'
    throw new UsageError(`cannot serve: ${(error as Error).message}`, code)
  }
}

/** `evenkeel serve`: the webhook, until SIGTERM or SIGINT and the lame duck after it. Returns the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  const log = createLog(options.logLevel)
  try {
    await serveWith(log, options)
  } finally {
    await log.close()
  }
  return exitCode.clean
}

async function serveWith(log: ServerLog, options: ServeOptions): Promise<void> {
  const metrics = createMetrics(judgedKinds.map(kindOf))
  const readiness = createReadiness()
  const source = await watchPolicies(options, log, metrics, readiness)
  const findRevisions = await revisionsFor(options, log, readiness)
  const { certificate, publish } = await certificateOf(options)
  const server = await started({
    reviewer: createReviewer({ policies: () => source.current(), now: Date.now }),
    failurePolicyOf: (review) => failurePolicyFor(review, source.current(), Date.now()),
    ...(findRevisions === undefined ? {} : { findRevisions }),
    metrics,
    log,
    readiness,
    host: options.host ?? (options.dev === true ? '127.0.0.1' : '::'),
    port: options.port,
    healthPort: options.healthPort,
    certificate,
    shutdown: { lameDuck: options.lameDuck * 1000 },
    ...(options.clientName === undefined ? {} : { clientNames: options.clientName }),
  })
  publish()
  log.info(`evenkeel ${version} is listening on ${server.url}, probes and metrics on ${server.healthUrl}`)
  log.flush()
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  source.stop()
  await server.shutdown()
}
