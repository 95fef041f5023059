import { type FastifyInstance, fastify } from 'fastify'
import type { Metrics } from './metrics.ts'

/** One line of `/readyz`; `detail` is shown either way. */
export interface Check {
  readonly ok: boolean
  readonly detail: string
}

/** What has to hold before requests are sent here, by name; nothing in it asks another server. */
export interface Readiness {
  /** A check that does not change by itself. */
  set(name: string, check: Check): void
  /** A check that is made whenever somebody asks. */
  watch(name: string, check: () => Check): void
  read(): { readonly ok: boolean; readonly text: string }
}

export function createReadiness(): Readiness {
  const checks = new Map<string, () => Check>()
  return {
    set: (name, check) => {
      checks.set(name, () => check)
    },
    watch: (name, check) => {
      checks.set(name, check)
    },
    read() {
      const results = [...checks].map(([name, check]) => ({ name, ...check() }))
      const ok = results.every((result) => result.ok)
      const lines = results.map((result) => `[${result.ok ? '+' : '-'}]${result.name}: ${result.detail}`)
      return { ok, text: `${[...lines, ok ? 'ready' : 'not ready'].join('\n')}\n` }
    },
  }
}

/** Probes and metrics on a port of their own, in plain HTTP: kubelet has no client certificate. */
export function createHealthApp(readiness: Readiness, metrics: Metrics): FastifyInstance {
  const app = fastify({ logger: false, return503OnClosing: false, requestTimeout: 10_000, bodyLimit: 1024 })
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('alive\n'))
  app.get('/readyz', (_request, reply) => {
    const { ok, text } = readiness.read()
    return reply
      .code(ok ? 200 : 503)
      .type('text/plain')
      .send(text)
  })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()))
  return app
}
