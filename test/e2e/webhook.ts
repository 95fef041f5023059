import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDevCertificate } from '../../src/admission/dev-certificate.ts'
import { type Outcome, run, withoutProxies } from '../cluster/processes.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

/** Runs the command line as a user does. */
export function evenkeel(args: readonly string[]): Promise<Outcome> {
  return run(process.execPath, [main, ...args], { env: withoutProxies() })
}

/** The real `evenkeel serve` in a process of its own, on the same port after a restart. */
export interface Webhook {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  readonly caFile: string
  /** What it has written to stdout (unless that went elsewhere) and stderr, of all its lives. */
  log(): string
  /** GET `/livez`, `/readyz` or `/metrics`. */
  health(path: string): Promise<{ readonly status: number; readonly body: string }>
  /** Sends a signal and resolves with the exit code (128 + its number if the signal ended it). */
  end(signal: 'TERM' | 'KILL'): Promise<number>
  /** Starts it again after its end; nothing else is done. */
  restart(): Promise<void>
  /** Kills it if it runs, and removes its directory. */
  stop(): Promise<void>
}

/**
 * Runs the server; each line of the input is a signal for it, and so is the end of the input, also by the death of this process:
 * whatever happens here, it does not outlive the tests.
 */
const wrapper = `
exec 3<&0
"$@" 3<&- & pid=$!
{ while read -r signal; do kill -s "$signal" $pid; done; kill -9 $pid; } <&3 3<&- 2>&- &
exec 3<&-
wait $pid`

interface Surroundings {
  /** A descriptor. */
  readonly stdout?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Starts it with these arguments of `serve` (`--preset strict`) and resolves when it is ready. */
export async function startWebhook(args: readonly string[], { stdout, env }: Surroundings = {}): Promise<Webhook> {
  const directory = await mkdtemp(join(tmpdir(), 'evenkeel-webhook-'))
  const file = (name: string): string => join(directory, name)
  const { ca, cert, key } = await createDevCertificate()
  for (const [name, pem] of Object.entries({ 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key })) {
    writeFileSync(file(name), pem, { mode: 0o600 })
  }
  const [port, healthPort] = await Promise.all([freePort(), freePort()])
  const listen = ['--host', '127.0.0.1', '--port', `${port}`, '--health-port', `${healthPort}`, '--tls-dir', directory]
  const log = (): string => readFileSync(file('log'), 'utf8')
  const health = (path: string) => answer(`http://127.0.0.1:${healthPort}${path}`)
  let child: ChildProcess | undefined
  let ended: Promise<number> = Promise.resolve(0)

  const start = async (): Promise<void> => {
    const output = openSync(file('log'), 'a')
    const command = ['-c', wrapper, 'sh', process.execPath, main, 'serve', ...listen, ...args]
    const started = spawn('sh', command, {
      env: { ...withoutProxies(), ...env },
      stdio: ['pipe', stdout ?? output, output],
    })
    closeSync(output)
    // Signals that come after its end go nowhere.
    started.stdin?.on('error', () => undefined)
    child = started
    ended = once(started, 'exit').then(([code]) => Number(code ?? 128))
    const isReady = () =>
      health('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      )
    await eventually('the webhook is ready', () => {
      if (started.exitCode !== null) throw new Error(`the webhook has ended:\n${log().slice(-2000)}`)
      return isReady()
    })
  }
  const webhook: Webhook = {
    url: `https://127.0.0.1:${port}`,
    caFile: file('ca.crt'),
    log,
    health,
    end(signal) {
      child?.stdin?.write(`${signal}\n`)
      return ended
    },
    restart: start,
    async stop() {
      child?.stdin?.end()
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
  try {
    await start()
    return webhook
  } catch (error) {
    await webhook.stop()
    throw error
  }
}

/** Asks every 50 ms, for 30 s. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const start = performance.now(); performance.now() - start < 30_000; await sleep(50)) if (await holds()) return
  throw new Error(`not within 30 s: ${what}`)
}

async function answer(url: string): Promise<{ readonly status: number; readonly body: string }> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response) }
}

/**
 * A port that was free a moment ago, as a restart needs the same one again. Below those that the kernel gives to outgoing
 * connections, which could take it while the webhook is dead.
 */
async function freePort(): Promise<number> {
  const port = randomInt(20_000, 32_768)
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  return isFree ? port : freePort()
}
