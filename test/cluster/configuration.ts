import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Someone who may log in by token. What they may do is up to RBAC, except for the group `system:masters`. */
export interface User {
  readonly name: string
  readonly groups?: readonly string[]
}

/** How a user reaches the API server. */
export interface Credentials {
  readonly token: string
  /** Path of a kubeconfig file. */
  readonly kubeconfig: string
}

const MASTERS = ['system:masters']
const SYSTEM: readonly User[] = [
  { name: 'admin', groups: MASTERS },
  { name: 'system:kube-controller-manager', groups: MASTERS },
  { name: 'system:kube-scheduler', groups: MASTERS },
  { name: 'kwok', groups: MASTERS },
]

/** Every write with who, what and the verdicts of webhooks; no bodies. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] }, { level: 'None' }],
}

/** Writes keys, tokens, kubeconfigs and the audit policy into `directory`; returns each user's credentials by name. */
export function writeConfiguration(
  directory: string,
  server: string,
  users: readonly User[],
): ReadonlyMap<string, Credentials> {
  const write = (name: string, content: string): string => {
    const path = join(directory, name)
    writeFileSync(path, content, { mode: 0o600 })
    return path
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  write('service-account.key', privateKey.export({ type: 'sec1', format: 'pem' }).toString())
  write('audit-policy.json', JSON.stringify(AUDIT_POLICY))
  const everyone = [...SYSTEM, ...users].map((user) => ({ ...user, token: randomBytes(16).toString('hex') }))
  write(
    'tokens.csv',
    everyone.map(({ token, name, groups = [] }) => `${token},"${name}","${name}","${groups.join(',')}"\n`).join(''),
  )
  return new Map(
    everyone.map(({ name, token }) => {
      const file = name === 'admin' ? 'kubeconfig' : `${encodeURIComponent(name)}.kubeconfig`
      return [name, { token, kubeconfig: write(file, kubeconfigOf(directory, server, token)) }]
    }),
  )
}

/** JSON is YAML: kubectl and the controllers read it. */
function kubeconfigOf(directory: string, server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': join(directory, 'apiserver.crt') } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  })
}

const NOWHERE = 'http://127.0.0.1:1'

/**
 * etcd listens on sockets in the directory alone, so it needs no port; what it announces of itself must look like one,
 * and nobody calls it. The sockets are relative to the working directory, since a socket's path has to be short.
 */
export const etcdFlags = (directory: string): string[] => [
  `--data-dir=${directory}/etcd`,
  '--unsafe-no-fsync',
  '--listen-client-urls=unix://etcd.sock',
  '--listen-peer-urls=unix://etcd-peer.sock',
  `--advertise-client-urls=${NOWHERE}`,
  `--initial-advertise-peer-urls=${NOWHERE}`,
  `--initial-cluster=default=${NOWHERE}`,
]

/** The API server makes its own serving certificate in --cert-dir, which is also the CA for its clients. */
export const apiServerFlags = (directory: string, port: number): string[] => [
  '--etcd-servers=unix://etcd.sock',
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${port}`,
  `--cert-dir=${directory}`,
  '--service-cluster-ip-range=10.0.0.0/24',
  `--token-auth-file=${directory}/tokens.csv`,
  '--authorization-mode=RBAC',
  '--service-account-issuer=https://testbed',
  `--service-account-key-file=${directory}/service-account.key`,
  `--service-account-signing-key-file=${directory}/service-account.key`,
  '--endpoint-reconciler-type=none',
  `--audit-log-path=${directory}/audit.log`,
  `--audit-policy-file=${directory}/audit-policy.json`,
]

/**
 * Port 0: nobody asks it anything. Credentials per controller, as in a real cluster, so that webhooks see each
 * controller's own service account; with the default rate limit that would cost five seconds at the start.
 */
export const controllerManagerFlags = (directory: string, kubeconfig: string): string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--secure-port=0',
  '--leader-elect=false',
  `--service-account-private-key-file=${directory}/service-account.key`,
  '--use-service-account-credentials=true',
  '--kube-api-qps=1000',
  '--kube-api-burst=1000',
]

export const schedulerFlags = (kubeconfig: string): string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--secure-port=0',
  '--leader-elect=false',
]

export const kwokFlags = (kubeconfig: string): string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--manage-all-nodes=false',
  '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
  `--config=${join(import.meta.dirname, 'stages.yaml')}`,
]

const ROOM = { cpu: '32', memory: '256Gi', pods: '110' }

/** The `n`-th node (from 1) that kwok brings up, in one of three zones. */
export const fakeNode = (n: number): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: `node-${n}`,
    annotations: { 'kwok.x-k8s.io/node': 'fake', 'node.alpha.kubernetes.io/ttl': '0' },
    labels: {
      'kubernetes.io/hostname': `node-${n}`,
      'kubernetes.io/os': 'linux',
      'topology.kubernetes.io/zone': `zone-${((n - 1) % 3) + 1}`,
    },
  },
  status: { allocatable: ROOM, capacity: ROOM, phase: 'Running' },
})
