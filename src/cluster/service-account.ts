import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Target } from './connection.ts'

/** Where the kubelet puts `token` and `ca.crt`. */
export const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The API server as a pod finds it (Kubernetes, "Accessing the API from a Pod"), without the client library, which would take a third
 * of the webhook's memory; undefined outside of a pod. The files are read for every request, since the kubelet exchanges the token.
 */
export function targetOfPod(directory: string): Target | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = process.env
  if (!host) return undefined
  const read = (name: string) => readFile(join(directory, name), 'utf8')
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    hasProxy: false,
    authenticate: async (options) => {
      const [token, ca] = await Promise.all([read('token'), read('ca.crt')])
      Object.assign(options, { ca, headers: { authorization: `Bearer ${token.trim()}` } })
    },
  }
}
