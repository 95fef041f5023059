import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Cluster, KubeConfig } from '@kubernetes/client-node'
import { ClusterError } from './cluster-error.ts'
import type { Target } from './connection.ts'

/** Which kubeconfig and which of its contexts; without them those that kubectl would take. */
export interface KubeconfigOptions {
  readonly kubeconfig?: string
  readonly context?: string
}

/** The cluster and the user of a context. */
export interface ChosenContext {
  readonly target: Target
  /** The context's namespace. */
  readonly namespace: string
}

/**
 * Finds the kubeconfig as kubectl does: the one given, else the files of $KUBECONFIG, else ~/.kube/config, else the service
 * account of the pod. Of several files the first one that names something wins; missing ones are passed over.
 */
export async function chooseContext(options: KubeconfigOptions): Promise<ChosenContext> {
  const Config = await kubeConfigClass()
  const files = filesOf(options.kubeconfig)
  if (files.length > 0) return contextOf(merged(Config, files), options.context)
  if (!process.env['KUBERNETES_SERVICE_HOST'])
    throw invalid('no kubeconfig: none given, none in $KUBECONFIG or ~/.kube/config, and this is no pod of a cluster')
  const config = new Config()
  config.loadFromCluster()
  return contextOf(config, options.context)
}

/** The library costs most of a second and fails to load on an older Node. */
async function kubeConfigClass(): Promise<typeof KubeConfig> {
  try {
    return (await import('@kubernetes/client-node')).KubeConfig
  } catch (error) {
    const message = `reading a cluster needs Node 22.19 or later; this is ${process.version} (${String(error)})`
    throw new ClusterError('EVENKEEL_NODE_UNSUPPORTED', message, error)
  }
}

function filesOf(given: string | undefined): string[] {
  if (given !== undefined) return [given]
  const named = process.env['KUBECONFIG'] || join(homedir(), '.kube', 'config')
  return named.split(delimiter).filter((file) => file !== '' && existsSync(file))
}

function merged(Config: typeof KubeConfig, files: readonly string[]): KubeConfig {
  const all = files.map((file) => read(Config, file))
  const config = new Config()
  config.loadFromOptions({
    clusters: all.flatMap(({ clusters }) => clusters),
    users: all.flatMap(({ users }) => users),
    contexts: all.flatMap(({ contexts }) => contexts),
    currentContext: all.find(({ currentContext }) => currentContext)?.currentContext,
  })
  return config
}

function read(Config: typeof KubeConfig, file: string): KubeConfig {
  try {
    const config = new Config()
    config.loadFromFile(file)
    return config
  } catch (error) {
    throw invalid(`${file} is no kubeconfig: ${firstLine(error)}`, error)
  }
}

function contextOf(config: KubeConfig, wanted: string | undefined): ChosenContext {
  const name = wanted ?? config.getCurrentContext()
  const names = config.getContexts().map((context) => context.name)
  const choice = names.length === 0 ? 'there are none' : `there are: ${names.join(', ')}`
  if (!name) throw invalid(`the kubeconfig has no current context, and none was asked for; ${choice}`)
  const context = config.getContextObject(name)
  if (context === null) throw invalid(`the kubeconfig has no context ${name}; ${choice}`)
  config.setCurrentContext(name)
  const cluster = clusterOf(config, name)
  const needsUser = Boolean(context.user) || !isPlain(cluster)
  if (needsUser && config.getCurrentUser() === null)
    throw invalid(`context ${name} of the kubeconfig names no user that is there`)
  return { target: targetOf(config, cluster), namespace: context.namespace ?? 'default' }
}

function clusterOf(config: KubeConfig, context: string): Cluster {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw invalid(`context ${context} of the kubeconfig names no cluster that is there`)
  const { server } = cluster
  if (!/^https?:/.test(server) || !URL.canParse(server))
    throw invalid(`context ${context} of the kubeconfig names a cluster at ${server}, which is no https:// address`)
  return cluster
}

/** Nobody is asked for credentials there, nor is anything to be trusted: `kubectl proxy`, which has them. */
function isPlain({ server, proxyUrl }: Cluster): boolean {
  return server.startsWith('http:') && !proxyUrl
}

/** As kubectl, it sends no credentials where everyone could read them (clientcmd, DirectClientConfig.ClientConfig). */
function targetOf(config: KubeConfig, cluster: Cluster): Target {
  const { server, proxyUrl } = cluster
  return {
    server,
    hasProxy: Boolean(proxyUrl),
    authenticate: async (options) => {
      if (isPlain(cluster)) return
      try {
        await config.applyToHTTPSOptions(options)
      } catch (error) {
        throw invalid(`cannot use the kubeconfig's credentials for ${server}: ${firstLine(error)}`, error)
      }
    },
  }
}

function invalid(message: string, cause?: unknown): ClusterError {
  return new ClusterError('EVENKEEL_KUBECONFIG_INVALID', message, cause)
}

/** Parsers quote the text they fail on, which here may be a credential: YAML's on further lines, JSON's in the first one. */
function firstLine(error: unknown): string {
  if (error instanceof SyntaxError) return 'no valid JSON'
  if (error instanceof TypeError) return 'not of the form expected'
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? ''
}
