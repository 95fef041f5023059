import { command } from '../command.ts'
import { choice, flag, list, number, text, type Values } from '../option.ts'
import { policyOptions } from '../option-groups.ts'

const options = {
  ...policyOptions,
  dev: flag('make a certificate of its own, in memory'),
  port: number('PORT', { about: 'HTTPS port', most: 65_535, otherwise: 8443 }),
  healthPort: number('PORT', { about: 'port of /livez, /readyz and /metrics', most: 65_535, otherwise: 8081 }),
  host: text('ADDRESS', 'address to listen on (default: all; with --dev: 127.0.0.1)'),
  tlsDir: text(
    'DIR',
    'directory with tls.crt and tls.key (default: /etc/evenkeel/tls); with --dev they are written there',
  ),
  serverName: list(
    'NAME',
    'DNS name by which it is called, NAME.NAMESPACE.svc in a cluster; a certificate without it is refused',
  ),
  clientName: list('NAME', 'who may call, by a certificate that client-ca.crt has signed'),
  serviceAccount: text(
    'DIR',
    "directory with token and ca.crt, to ask the API server for earlier revisions of a workload (default: the pod's)",
  ),
  lameDuck: number('SECONDS', { about: 'how long to serve on after SIGTERM', most: 3600, otherwise: 10 }),
  logLevel: choice(['info', 'warn', 'silent'], 'what is logged'),
}

export type ServeOptions = Values<typeof options>

export const definition = command({
  options,
  examples: [
    ['serve --dev --preset strict', 'on this machine, without a cluster'],
    ['serve --policy /etc/evenkeel/policies --tls-dir /etc/evenkeel/tls', 'as in a pod'],
  ],
  run: async (_, options) => (await import('../webhook/serve.ts')).serve(options),
})
