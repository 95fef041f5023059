import { createHash } from 'node:crypto'
import { accessSync, constants, readFileSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { Test } from 'tap'
import { locked, say } from './lock.ts'
import { run } from './processes.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Paths<Name extends string> = Readonly<Record<Name, string>>

/** Absolute paths of the executables a control plane is made of. */
export type Binaries = Paths<(typeof CONTROL_PLANE)[number]>
/** Why there are none. */
export interface Missing {
  readonly missing: string
}

const CONTROL_PLANE = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
] as const
const TOOLS = ['helm', 'kustomize'] as const

const file = (path: string): string => readFileSync(join(import.meta.dirname, path), 'utf8')
const [, version = '', major = '', minor = ''] =
  /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(file('control-plane/go.mod')) ?? []
const VERSION = 'k8s.io/component-base/version'

/** Without the version flags the binaries call themselves v0.0.0, and clients refuse to compare versions. */
const MODULES = [
  {
    name: 'control-plane',
    ldflags: `-s -w -X ${VERSION}.gitVersion=${version} -X ${VERSION}.gitMajor=${major} -X ${VERSION}.gitMinor=${minor}`,
    packages: {
      etcd: 'go.etcd.io/etcd/server/v3',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
  },
  {
    name: 'tools',
    ldflags: '-s -w',
    packages: {
      kwok: 'sigs.k8s.io/kwok/cmd/kwok',
      helm: 'helm.sh/helm/v4/cmd/helm',
      kustomize: 'sigs.k8s.io/kustomize/kustomize/v5',
    },
  },
] as const

/**
 * The control plane's binaries: from KUBEBUILDER_ASSETS, else from the cache, else built (minutes, once).
 * The lock of another builder is taken over when it was not touched for `staleAfter` ms.
 */
export function ensureBinaries(env: Environment = process.env, staleAfter = 60_000): Promise<Binaries | Missing> {
  return ensure(CONTROL_PLANE, env, staleAfter)
}

/** helm and kustomize, in the same way. */
export function ensureTools(env: Environment = process.env): Promise<Paths<(typeof TOOLS)[number]> | Missing> {
  return ensure(TOOLS, env, 60_000)
}

/**
 * Options for tests that need a control plane: where there is none they are skipped, loudly; under
 * EVENKEEL_REQUIRE_CLUSTER=1 this throws instead. Call it with the file's own `t`: it also gives the file
 * time to build and then to drive a cluster, both more than tap's 30 s.
 */
export async function clusterOrSkip(t: Test, env: Environment = process.env): Promise<SkipOption> {
  return givenOrSkip(t, env, { what: 'control plane', ensured: ensureBinaries(env) })
}

/** The same for tests that need helm and kustomize. */
export async function toolsOrSkip(t: Test, env: Environment = process.env): Promise<SkipOption> {
  return givenOrSkip(t, env, { what: 'helm and kustomize', ensured: ensureTools(env) })
}

interface SkipOption {
  readonly skip: string | false
}

async function givenOrSkip(
  t: Test,
  env: Environment,
  { what, ensured }: { readonly what: string; readonly ensured: Promise<Paths<string> | Missing> },
): Promise<SkipOption> {
  t.setTimeout(30 * 60_000)
  const binaries = await ensured
  t.setTimeout(10 * 60_000)
  if (!('missing' in binaries)) return { skip: false }
  const skip = `no ${what}: ${binaries.missing}`
  if (env['EVENKEEL_REQUIRE_CLUSTER'] === '1') throw new Error(skip)
  say(`SKIPPED, ${skip}`)
  return { skip }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Outside the tree, one folder for each state of the recipe. */
function cacheDirectory(env: Environment): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const { name, ldflags } of MODULES) hash.update(file(`${name}/go.mod`) + file(`${name}/go.sum`) + ldflags)
  const home =
    env['EVENKEEL_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? homedir(), '.cache'), 'evenkeel')
  return resolve(home, `control-plane-${hash.digest('hex').slice(0, 16)}`)
}

async function ensure<Name extends string>(
  names: readonly Name[],
  env: Environment,
  staleAfter: number,
): Promise<Paths<Name> | Missing> {
  const cache = cacheDirectory(env)
  const given = env['KUBEBUILDER_ASSETS']
  const folders = given ? [resolve(given), cache] : [cache]
  const find = (name: Name): string | undefined => folders.map((folder) => join(folder, name)).find(isExecutable)
  const lacking = (): Name[] => names.filter((name) => find(name) === undefined)
  try {
    if (lacking().length > 0) await locked(`${cache}.lock`, staleAfter, (lock) => build(lacking(), lock, env))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return {
      missing: `cannot build ${lacking().join(', ')}: ${why} (it takes Go, or KUBEBUILDER_ASSETS that has them)`,
    }
  }
  return Object.fromEntries(names.map((name) => [name, find(name)])) as Paths<Name>
}

/** Builds inside `lock` and moves each finished binary into `cache`, so that whoever sees one sees it whole. */
async function build(names: readonly string[], lock: string, env: Environment): Promise<void> {
  const cache = cacheDirectory(env)
  await mkdir(cache, { recursive: true })
  for (const { name: module, ldflags, packages } of MODULES) {
    const wanted = Object.entries(packages).filter(([name]) => names.includes(name))
    if (wanted.length === 0) continue
    say(`building ${wanted.map(([name]) => name).join(', ')} (minutes, once)`)
    const args = ['build', '-buildvcs=false', '-trimpath', '-ldflags', ldflags, '-o', `${lock}/`]
    const cwd = join(import.meta.dirname, module)
    const { code, stderr } = await run('go', [...args, ...wanted.map(([, path]) => path)], { cwd, env })
    if (code !== 0) throw new Error(`go build failed: ${stderr.slice(-2000)}`)
    // Go names an executable for the last part of its package's path that is no major version: etcd is "server".
    for (const [name, path] of wanted) {
      await rename(join(lock, basename(path.replace(/\/v\d+$/, ''))), join(cache, name))
    }
  }
}
