import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, apiClient } from './api-client.ts'
import { type Binaries, ensureBinaries } from './binaries.ts'
import * as configuration from './configuration.ts'
import { type Outcome, type Processes, run, supervise, withoutProxies } from './processes.ts'

export interface ControlPlaneOptions {
  /** Fake nodes (default 0). Without nodes only etcd and the API server run: no controller acts, no pod starts. */
  readonly nodes?: number
  /** Users besides `admin` (system:masters); RBAC gives them nothing. */
  readonly users?: readonly configuration.User[]
  /** Further flags of kube-apiserver; a later flag wins over the launcher's own. */
  readonly apiServerFlags?: readonly string[]
  /** Where to listen (default: any free port); asked again when the port was taken meanwhile. */
  readonly choosePort?: () => Promise<number>
}

interface KubectlOptions {
  /** What kubectl reads from stdin. */
  readonly input?: string
  /** Whose kubeconfig (default `admin`). */
  readonly user?: string
}

/** A line of the audit log, as far as tests look at it. Kubernetes: audit.k8s.io/v1 Event. */
export interface AuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string; readonly groups?: readonly string[] }
  readonly userAgent?: string
  readonly objectRef?: Readonly<Record<string, string>>
  readonly responseStatus?: { readonly code?: number; readonly message?: string }
  readonly annotations?: Readonly<Record<string, string>>
}

export interface ControlPlane {
  /** `https://127.0.0.1:PORT` */
  readonly server: string
  /** The CA of the server, PEM. */
  readonly caFile: string
  /** admin's. */
  readonly token: string
  /** admin's, a path. */
  readonly kubeconfig: string
  /** Everyone's, by name. */
  readonly users: ReadonlyMap<string, configuration.Credentials>
  /** Every file of this control plane; gone after stop(). */
  readonly directory: string
  readonly binaries: Binaries
  /** Calls the API server as admin, for far less than a kubectl costs. */
  readonly request: ApiClient
  /** Runs the real kubectl; its exit code is for the caller to judge. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<Outcome>
  /** `kubectl apply -f -`, which must succeed: returns its stdout. `flags` are further arguments. */
  apply(manifests: string, flags?: readonly string[]): Promise<string>
  /** Every write so far, as it was answered (stage ResponseComplete). An event may come a moment after its response. */
  auditEvents(): AuditEvent[]
  /** The log of etcd, kube-apiserver, kube-controller-manager, kube-scheduler or kwok. */
  logs(name: keyof Binaries): string
  /** Ends every process and removes the directory. The death of this process does the same. */
  stop(): Promise<void>
}

/** Starts a control plane on loopback and resolves when it is ready to be used; several may run at once. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await ensureBinaries()
  if ('missing' in binaries) throw new Error(`no control plane: ${binaries.missing}`)
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(binaries, options)
    } catch (error) {
      if (attempt === 3 || !String(error).includes('address already in use')) throw error
    }
  }
}

async function start(binaries: Binaries, options: ControlPlaneOptions): Promise<ControlPlane> {
  const { nodes = 0, users = [], apiServerFlags = [], choosePort = freePort } = options
  const port = await choosePort()
  const directory = await mkdtemp(join(tmpdir(), 'evenkeel-'))
  const processes = supervise(directory)
  try {
    const credentials = configuration.writeConfiguration(directory, `https://127.0.0.1:${port}`, users)
    processes.start('etcd', binaries.etcd, configuration.etcdFlags(directory))
    // An API server that finds no etcd tries again a second later only.
    await until('etcd listens', processes, () => existsSync(join(directory, 'etcd.sock')))
    processes.start('kube-apiserver', binaries['kube-apiserver'], [
      ...configuration.apiServerFlags(directory, port),
      ...apiServerFlags,
    ])
    // The key is written after the certificate: when it is there, the certificate is whole.
    await until('the API server has a certificate', processes, () => existsSync(join(directory, 'apiserver.key')))
    const cluster = controlPlane({
      server: `https://127.0.0.1:${port}`,
      directory,
      binaries,
      users: credentials,
      processes,
    })
    const answers = (path: string): Promise<boolean> =>
      cluster.request('GET', path).then(
        ({ status }) => status === 200,
        () => false,
      )
    await until('the API server is ready', processes, () => answers('/readyz'))
    await until('the default namespace exists', processes, () => answers('/api/v1/namespaces/default'))
    if (nodes > 0) await startNodes(cluster, processes, nodes)
    return cluster
  } catch (error) {
    await processes.stop()
    throw error
  }
}

/** Controllers, scheduler, kwok and nodes; resolves when a pod in the default namespace could be scheduled at once. */
async function startNodes(cluster: ControlPlane, processes: Processes, nodes: number): Promise<void> {
  const { directory, binaries, request } = cluster
  const kubeconfig = (user: string): string => credentialsOf(cluster, user).kubeconfig
  const manager = configuration.controllerManagerFlags(directory, kubeconfig('system:kube-controller-manager'))
  processes.start('kube-controller-manager', binaries['kube-controller-manager'], manager)
  const scheduler = configuration.schedulerFlags(kubeconfig('system:kube-scheduler'))
  processes.start('kube-scheduler', binaries['kube-scheduler'], scheduler)
  processes.start('kwok', binaries.kwok, configuration.kwokFlags(kubeconfig('kwok')))
  for (let n = 1; n <= nodes; n++) await request('POST', '/api/v1/nodes', configuration.fakeNode(n))
  await until('every node is ready', processes, async () => {
    const { items } = (await request('GET', '/api/v1/nodes')).body as { items: { spec: { taints?: unknown } }[] }
    return items.length === nodes && items.every(({ spec }) => spec.taints === undefined)
  })
  await until('pods have a service account', processes, async () => {
    return (await request('GET', '/api/v1/namespaces/default/serviceaccounts/default')).status === 200
  })
}

interface Parts extends Pick<ControlPlane, 'server' | 'directory' | 'binaries' | 'users'> {
  readonly processes: Processes
}

function controlPlane({ processes, ...parts }: Parts): ControlPlane {
  const { server, directory, binaries } = parts
  const caFile = join(directory, 'apiserver.crt')
  const { token, kubeconfig } = credentialsOf(parts, 'admin')
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
  const kubectl = (args: readonly string[], { input, user = 'admin' }: KubectlOptions = {}): Promise<Outcome> => {
    // A home of its own: kubectl caches discovery by host and port, which another control plane may have had before.
    const env = { ...withoutProxies(), HOME: directory, KUBECONFIG: credentialsOf(parts, user).kubeconfig }
    return run(binaries.kubectl, args, { env, input })
  }
  return {
    ...parts,
    caFile,
    token,
    kubeconfig,
    request: apiClient(server, readFileSync(caFile, 'utf8'), token),
    kubectl,
    async apply(manifests, flags = []) {
      const { code, stdout, stderr } = await kubectl(['apply', '-f', '-', ...flags], { input: manifests })
      if (code !== 0) throw new Error(`kubectl apply: ${stderr}`)
      return stdout
    },
    auditEvents() {
      // What follows the last newline is being written.
      const lines = read('audit.log').split('\n').slice(0, -1)
      return lines.map((line) => JSON.parse(line) as AuditEvent)
    },
    logs: (name) => read(`${name}.log`),
    stop: () => processes.stop(),
  }
}

function credentialsOf({ users }: Pick<ControlPlane, 'users'>, name: string): configuration.Credentials {
  const credentials = users.get(name)
  if (!credentials) throw new Error(`no user ${name}: pass it to startControlPlane`)
  return credentials
}

/** Asks every 50 ms, for a minute. */
async function until(what: string, processes: Processes, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const start = performance.now(); performance.now() - start < 60_000; await sleep(50)) {
    processes.check()
    if (await holds()) return
  }
  throw new Error(`after a minute still not: ${what}`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
