import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ControlPlane } from '../cluster/control-plane.ts'

/** What docs/rbac.yaml makes. */
const rbac = readFileSync(resolve(import.meta.dirname, '../../docs/rbac.yaml'), 'utf8')

/** What the kubelet would give to a pod of the service account of docs/rbac.yaml: a flag of `serve`, and its environment. */
export async function asInPod(cluster: ControlPlane) {
  await cluster.kubectl(['create', 'namespace', 'evenkeel'])
  await cluster.apply(rbac)
  const { stdout: token } = await cluster.kubectl(['create', 'token', 'evenkeel', '-n', 'evenkeel'])
  const directory = join(cluster.directory, 'service-account')
  mkdirSync(directory)
  writeFileSync(join(directory, 'token'), token)
  writeFileSync(join(directory, 'ca.crt'), readFileSync(cluster.caFile))
  const { hostname, port } = new URL(cluster.server)
  return {
    args: ['--service-account', directory],
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  }
}
