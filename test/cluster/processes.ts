import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

type Environment = Readonly<Record<string, string | undefined>>

/** What a command left: `code` is its exit code, 128 when a signal ended it. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly input?: string | undefined
  readonly cwd?: string
  readonly env?: Environment
}

/** Runs a command to its end. Throws when it cannot be started, never for its exit code. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { input = '', cwd, env = process.env } = options
  const child = spawn(command, args, { cwd, env, stdio: 'pipe' })
  // A command that ends without reading its input is no failure of ours.
  child.stdin.on('error', () => undefined).end(input)
  const [stdout, stderr, [code]] = (await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])) as [string, string, [number | null]]
  return { code: code ?? 128, stdout, stderr }
}

/** The environment without proxies, which would stand between processes that talk over loopback. */
export function withoutProxies(env: Environment = process.env): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/_proxy$/i.test(name)))
}

/** Long-running processes that live in one directory and end together with it. */
export interface Processes {
  /** Starts one; its output goes to `NAME.log` in the directory. */
  start(name: string, command: string, args: readonly string[]): void
  /** Throws, with the end of the log, when one has ended. */
  check(): void
  /** Ends all, last started first, removes the directory, and resolves when nothing is left. May be called twice. */
  stop(): Promise<void>
}

/**
 * Reads one pid a line. Its input ends when stop() closes it, and also when the launcher dies, however that happens;
 * so one way of ending serves both and needs no signal handlers. SIGKILL, as nothing here is worth a graceful end.
 */
const WATCHER = `
pids=
while read -r pid; do pids="$pid $pids"; done
kill -9 $pids
until rm -rf "$0"; do sleep 0.1; done`

const ended = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.once('exit', resolve).once('error', resolve))

/** Processes in `directory`, each in its own session: a Ctrl-C reaches the launcher alone, the watcher outlives it. */
export function supervise(directory: string): Processes {
  const env = withoutProxies()
  const watcher = spawn('sh', ['-c', WATCHER, directory], { detached: true, env, stdio: ['pipe', 'ignore', 'ignore'] })
  const ends = [ended(watcher)]
  const children = new Map<string, ChildProcess>()
  const logOf = (name: string): string => join(directory, `${name}.log`)
  return {
    start(name, command, args) {
      const log = openSync(logOf(name), 'a')
      const stdio: StdioOptions = ['ignore', log, log]
      const child = spawn(command, args, { detached: true, cwd: directory, env, stdio })
      closeSync(log)
      if (child.pid !== undefined) watcher.stdin.write(`${child.pid}\n`)
      ends.push(ended(child))
      children.set(name, child)
    },
    check() {
      for (const [name, { pid, exitCode, signalCode }] of children) {
        if (pid !== undefined && exitCode === null && signalCode === null) continue
        throw new Error(`${name} has ended:\n${readFileSync(logOf(name), 'utf8').slice(-2000)}`)
      }
    },
    async stop() {
      watcher.stdin.end()
      await Promise.all(ends)
    },
  }
}
