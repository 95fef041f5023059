import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createApp } from '../admission/app.ts'
import { createDevCertificate } from '../admission/dev-certificate.ts'
import { createLog } from '../admission/log.ts'
import { createMetrics } from '../admission/metrics.ts'
import { exitCode } from './exit-code.ts'
import type { PolicyChoice } from './find-policies.ts'
import { createPolicySource } from './policy-source.ts'
import { createReviewer, failurePolicyFor } from './reviewer.ts'

export interface ServeOptions extends PolicyChoice {
  readonly dev?: boolean
  readonly port: number
  readonly healthPort: number
  readonly host?: string
  readonly tlsDir: string
  readonly lameDuck: number
}

async function certificate(options: ServeOptions): Promise<{ cert: string; key: string }> {
  const at = (name: string) => join(options.tlsDir, name)
  if (!options.dev) return { cert: readFileSync(at('tls.crt'), 'utf8'), key: readFileSync(at('tls.key'), 'utf8') }
  const made = await createDevCertificate()
  mkdirSync(options.tlsDir, { recursive: true })
  writeFileSync(at('ca.crt'), made.ca)
  return made
}

/** `evenkeel serve`: the webhook, until SIGTERM. */
export async function serve(options: ServeOptions): Promise<number> {
  const metrics = createMetrics()
  const log = createLog('info')
  const source = createPolicySource(options, {
    onLoad: (policies, from) => {
      metrics.policiesLoaded(policies.length)
      log.info(`policies loaded from ${from}: ${policies.map(({ name }) => name).join(', ')}`)
    },
    onFailure: (problem) => {
      metrics.policyLoadFailed()
      log.warn(`policies not loaded, the old ones stay: ${problem}`)
    },
  })
  const reviewer = createReviewer({ policies: () => source.current(), now: Date.now })
  const app = createApp({
    reviewer,
    failurePolicyOf: ({ object }) => failurePolicyFor(object, source.current()),
    metrics,
    log,
    tls: { context: await certificate(options), requestCert: false },
  })
  const host = options.host ?? (options.dev ? '127.0.0.1' : '::')
  await app.listen({ port: options.port, host })
  const health = createServer((request, response) => {
    if (request.url === '/metrics') void metrics.render().then((text) => response.end(text))
    else response.end(source.problem() ?? 'ok')
  })
  await new Promise<void>((resolve) => health.listen(options.healthPort, host, resolve))
  process.stdout.write(
    `listening on https://${host}:${(app.server.address() as AddressInfo).port}, health on ${(health.address() as AddressInfo).port}\n`,
  )
  await new Promise((resolve) => process.once('SIGTERM', resolve))
  source.stop()
  await app.close()
  health.close()
  log.flush()
  return exitCode.clean
}
