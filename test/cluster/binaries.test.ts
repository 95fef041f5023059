import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { clusterOrSkip, ensureBinaries, ensureTools, toolsOrSkip } from './binaries.ts'

// Stands in for Go, whose real build takes minutes: writes down its arguments, takes its time, makes the files.
const GO = `#!/bin/sh
echo "$@" >> "$CALLS"
[ -z "$BROKEN" ] || { echo 'no network' >&2; exit 1; }
while [ "$1" != -o ]; do shift; done
out=$2; shift 2
sleep 0.3
for package in "$@"; do
  name=\${package%/v[0-9]}; name=\${name##*/}
  printf '#!/bin/sh\\necho %s\\n' "$package" > "$out$name" && chmod +x "$out$name"
done`

interface Machine {
  readonly env: Record<string, string>
  readonly cache: string
  /** The arguments of each call of Go so far. */
  readonly calls: () => string[]
}

/** A machine with a Go of its own, an empty cache and nothing else. */
function machine(t: Test): Machine {
  const root = t.testdir({ bin: { go: GO }, calls: '' })
  chmodSync(join(root, 'bin/go'), 0o755)
  const env = { PATH: `${root}/bin:/usr/bin:/bin`, HOME: root, CALLS: join(root, 'calls') }
  return {
    env,
    cache: join(root, '.cache/evenkeel'),
    calls: () => readFileSync(env.CALLS, 'utf8').split('\n').filter(Boolean),
  }
}

const executables = (folder: string, ...names: string[]): string => {
  mkdirSync(folder, { recursive: true })
  for (const name of names) writeFileSync(join(folder, name), '', { mode: 0o755 })
  return folder
}
const ALL = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kwok']

t.test('the binaries are built once, into a cache outside the tree', async (t) => {
  const { env, cache, calls } = machine(t)
  const binaries = await ensureBinaries(env)
  const [folder = ''] = readdirSync(cache)
  t.match(folder, /^control-plane-[0-9a-f]{16}$/)
  t.same(binaries, Object.fromEntries(ALL.map((name) => [name, join(cache, folder, name)])))
  t.match(readFileSync(join(cache, folder, 'etcd'), 'utf8'), 'go.etcd.io/etcd/server/v3')
  t.match(calls(), [
    /gitVersion=v1\.\d+\.\d+ -X \S+gitMajor=1 -X \S+gitMinor=\d+ .*cmd\/kube-apiserver/,
    /kwok\/cmd\/kwok$/,
  ])
  t.same(readdirSync(cache), [folder], 'neither a lock nor a temporary folder is left')
  t.same(await ensureBinaries(env), binaries)
  t.equal(calls().length, 2, 'the second time nothing is built')
  const tools = await ensureTools(env)
  t.same(tools, { helm: join(cache, folder, 'helm'), kustomize: join(cache, folder, 'kustomize') })
})

t.test('of two that need them at once, one builds and the other waits', async (t) => {
  const { env, calls } = machine(t)
  const [one, two] = await Promise.all([ensureBinaries(env), ensureBinaries(env)])
  t.notOk('missing' in one)
  t.same(one, two)
  t.equal(calls().length, 2)
})

t.test('the lock of a process that was killed while it built is taken over', async (t) => {
  const { env, cache } = machine(t)
  await ensureBinaries(env)
  const other = join(cache, 'other')
  const lock = join(other, `${readdirSync(cache)[0]!}.lock`)
  executables(lock, 'half-built')
  const waiting = ensureBinaries({ ...env, EVENKEEL_CACHE: other }, 1_000)
  await sleep(700)
  t.ok(existsSync(join(lock, 'half-built')), 'but not at once')
  t.notOk('missing' in (await waiting))
  t.notOk(existsSync(lock))
})

t.test('KUBEBUILDER_ASSETS comes first, and only what it lacks is built', async (t) => {
  const { env, calls } = machine(t)
  const assets = executables(join(env['HOME']!, 'assets'), 'etcd', 'kube-apiserver', 'kubectl')
  const binaries = await ensureBinaries({ ...env, KUBEBUILDER_ASSETS: assets, XDG_CACHE_HOME: join(assets, 'xdg') })
  t.match(binaries, { etcd: join(assets, 'etcd'), kwok: /\/xdg\/evenkeel\/control-plane-[0-9a-f]+\/kwok$/ })
  t.notMatch(calls().join(), 'kube-apiserver')
  executables(assets, ...ALL)
  t.match(
    await ensureBinaries({ PATH: '', KUBEBUILDER_ASSETS: assets }),
    { kwok: join(assets, 'kwok') },
    'no Go needed',
  )
})

t.test('without them and without Go, tests are skipped or, where a cluster is required, fail', async (t) => {
  const env = { PATH: '', HOME: t.testdir() }
  t.match(await ensureBinaries(env), { missing: /^cannot build etcd, .*kwok: spawn go ENOENT.*KUBEBUILDER_ASSETS/ })
  t.match(await clusterOrSkip(t, env), { skip: /^no control plane: cannot build etcd, / })
  await t.rejects(clusterOrSkip(t, { ...env, EVENKEEL_REQUIRE_CLUSTER: '1' }), /^no control plane: cannot build etcd, /)
  t.match(await clusterOrSkip(t, machine(t).env), { skip: false })
  t.match(await toolsOrSkip(t, env), { skip: /^no helm and kustomize: cannot build helm, kustomize: / })
  t.match(await toolsOrSkip(t, machine(t).env), { skip: false })
})

t.test('a build that fails says what Go said', async (t) => {
  const { env, cache } = machine(t)
  t.match(await ensureBinaries({ ...env, BROKEN: 'yes' }), { missing: /go build failed: no network/ })
  t.same(
    readdirSync(cache).filter((name) => name.endsWith('.lock')),
    [],
    'no lock is left',
  )
})
