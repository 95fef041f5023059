import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run } from '../cluster/processes.ts'

/** The yardstick: kube-score, built by Go from the module here, once, into the cache outside the tree. Undefined where that fails, loudly. */
export async function kubeScore(): Promise<string | undefined> {
  const module = join(import.meta.dirname, 'kube-score')
  const sum = readFileSync(join(module, 'go.sum'))
  const home =
    process.env['EVENKEEL_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'evenkeel')
  const folder = join(home, `kube-score-${createHash('sha256').update(sum).digest('hex').slice(0, 16)}`)
  const binary = join(folder, 'kube-score')
  if (existsSync(binary)) return binary
  process.stderr.write('building kube-score (minutes, once)\n')
  mkdirSync(folder, { recursive: true })
  const args = ['build', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w', '-o', binary]
  const built = await run('go', [...args, 'github.com/zegl/kube-score/cmd/kube-score'], {
    cwd: module,
    env: process.env,
  }).catch((error: unknown) => ({ code: 1, stderr: String(error) }))
  if (built.code === 0) return binary
  process.stderr.write(`WITHOUT kube-score, which could not be built: ${built.stderr.slice(-500)}\n`)
  return undefined
}
