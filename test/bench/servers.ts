import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDevCertificate } from '../../src/admission/dev-certificate.ts'
import { bundle } from '../../tools/bundle.ts'
import { supervise } from '../cluster/processes.ts'

export interface Usage {
  /** User and system time since it was started, in microseconds. */
  readonly cpu: number
  /** Resident memory in MB. */
  readonly resident: number
}

export interface Server {
  readonly port: number
  usage(): Promise<Usage>
}

export interface Servers {
  /** A bare node:https server that parses the same body. */
  readonly floor: Server
  /** Another one, so that who calls it does not keep the first one warm. */
  readonly conditioned: Server
  /** `evenkeel serve` with `strict`, started as in the Dockerfile; its log goes to a file. */
  readonly evenkeel: Server
  /** The same by a policy that enables no rule: what the server itself takes, log and metrics with it. */
  readonly ruleless: Server
  /** What both certificates are trusted by. */
  readonly ca: string
  readonly caFile: string
  stop(): Promise<void>
}

/** A command that starts Node as the image does: its environment, and its flags, which are all between the program and the bundle. */
function asInImage(): string[] {
  const dockerfile = readFileSync(resolve(import.meta.dirname, '../../Dockerfile'), 'utf8')
  const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '') as string[]
  const environment = [...dockerfile.matchAll(/^ENV (.*)$/gm)].flatMap(([, assignments = '']) => assignments.split(' '))
  return ['env', ...environment, process.execPath, ...entrypoint.slice(1, -1)]
}

const rulelessPolicy = {
  apiVersion: 'evenkeel.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'nothing' },
  spec: { rules: {} },
}

/** Starts all servers, with one EC certificate; they end with this process at the latest. */
export async function startServers(): Promise<Servers> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-'))
  const processes = supervise(directory)
  const { ca, cert, key } = await createDevCertificate()
  const caFile = join(directory, 'ca.crt')
  writeFileSync(caFile, ca)
  writeFileSync(join(directory, 'tls.crt'), cert)
  writeFileSync(join(directory, 'tls.key'), key, { mode: 0o600 })
  const start = async (name: string, commandFor: (port: number, health: number) => string[]): Promise<Server> => {
    const [port, health] = [await freePort(), await freePort()]
    const [program = '', ...args] = commandFor(port, health)
    processes.start(name, program, args)
    const usage = () => readUsage(health)
    for (const since = performance.now(); !(await usage().catch(() => undefined)); await sleep(50)) {
      processes.check()
      if (performance.now() - since > 10_000) throw new Error(`${name} does not answer`)
    }
    return { port, usage }
  }
  try {
    const script = join(import.meta.dirname, 'floor-server.ts')
    const bare = (name: string): Promise<Server> =>
      start(name, (port, health) => [process.execPath, script, directory, `${port}`, `${health}`])
    const floor = await bare('floor')
    const conditioned = await bare('conditioned')
    const serve = (name: string, ...policy: string[]): Promise<Server> =>
      start(name, (port, health) => {
        const flags = ['--host', '127.0.0.1', '--tls-dir', directory, '--port', `${port}`, '--health-port', `${health}`]
        return [...asInImage(), bundle, 'serve', ...flags, ...policy]
      })
    const evenkeel = await serve('evenkeel', '--preset', 'strict')
    const nothing = join(directory, 'nothing.yaml')
    writeFileSync(nothing, JSON.stringify(rulelessPolicy))
    const ruleless = await serve('ruleless', '--policy', nothing)
    return { floor, conditioned, evenkeel, ruleless, ca, caFile, stop: () => processes.stop() }
  } catch (error) {
    await processes.stop()
    throw error
  }
}

/** From the process metrics that both serve. */
async function readUsage(healthPort: number): Promise<Usage> {
  const response = await fetch(`http://127.0.0.1:${healthPort}/metrics`)
  const text = await response.text()
  const read = (name: string): number => {
    const value = new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]
    if (value === undefined) throw new Error(`no ${name} in /metrics`)
    return Number(value)
  }
  const cpu = read('process_cpu_seconds_total') * 1e6
  return { cpu, resident: read('process_resident_memory_bytes') / 1e6 }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => probe.once('listening', listening))
  const { port } = probe.address() as AddressInfo
  await new Promise((closed) => probe.close(closed))
  return port
}
