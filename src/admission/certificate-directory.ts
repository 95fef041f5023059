import { watch } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type CertificateFiles, checkCertificate, type ServingCertificate } from './tls.ts'

export interface CertificateDirectory {
  /** Holds `tls.crt`, `tls.key` and, where callers must have a certificate, `client-ca.crt`. */
  readonly dir: string
  readonly serverNames?: readonly string[]
}

export interface CertificateChanges {
  onChange(certificate: ServingCertificate): void
  /** Once for each distinct problem; the certificate before stays in use. */
  onProblem(problem: string): void
}

/** Milliseconds. */
export interface WatchIntervals {
  /** For file systems that send no events. */
  readonly poll: number
  /** From an event to the look: files that change together are read together. */
  readonly settle: number
}

type Reading = ServingCertificate | { readonly problem: string }

/** The certificate in a directory, or why it cannot be served. */
export async function readCertificate({ dir, serverNames = [] }: CertificateDirectory): Promise<Reading> {
  try {
    return checkCertificate(await readFiles(dir), { serverNames, now: Date.now() })
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    return { problem: `${path ?? dir} cannot be read (${code ?? String(error)})` }
  }
}

/** Kubelet swaps the symlink `..data`, behind which all files of one version lie: read through it once, never half of each. */
async function readFiles(dir: string): Promise<CertificateFiles> {
  const version = await realpath(join(dir, '..data')).catch(() => dir)
  const read = (name: string) => readFile(join(version, name), 'utf8')
  const [cert, key, clientCa] = await Promise.all([
    read('tls.crt'),
    read('tls.key'),
    read('client-ca.crt').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }),
  ])
  return { cert, key, clientCa }
}

/**
 * Looks whenever something in the directory changes, and every `poll` ms: a watch on the files themselves would see the first
 * rotation only. Returns how to stop.
 */
export function watchCertificate(
  source: CertificateDirectory,
  current: ServingCertificate,
  changes: CertificateChanges,
  { poll, settle }: WatchIntervals = { poll: 60_000, settle: 100 },
): () => void {
  let timer: NodeJS.Timeout | undefined
  let state: 'idle' | 'looking' | 'look again' | 'stopped' = 'idle'
  const take = createTaker(current, changes)
  const lookIn = (milliseconds: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => void look(), milliseconds).unref()
  }
  // One at a time: of two readings under way the older could be the last to arrive.
  const look = async (): Promise<void> => {
    state = 'looking'
    const reading = await readCertificate(source)
    if (isStopped()) return
    take(reading)
    lookIn(isStale() ? settle : poll)
    state = 'idle'
  }
  const isStopped = () => state === 'stopped'
  const isStale = () => state === 'look again'
  const closeWatcher = watchDirectory(source.dir, () => {
    if (state === 'idle') lookIn(settle)
    else state = 'look again'
  })
  lookIn(poll)
  return () => {
    state = 'stopped'
    clearTimeout(timer)
    closeWatcher()
  }
}

/** Tells what is new in a reading: a changed certificate, a recovered one, or another problem than the last. */
function createTaker(current: ServingCertificate, changes: CertificateChanges): (reading: Reading) => void {
  let serving = current
  let lastProblem: string | undefined
  return (reading) => {
    const problem = 'problem' in reading ? reading.problem : modeProblem(reading.files, serving.files)
    if (problem !== undefined) {
      if (problem !== lastProblem) changes.onProblem(problem)
      lastProblem = problem
    } else if ('files' in reading && (lastProblem !== undefined || !isSame(reading.files, serving.files))) {
      lastProblem = undefined
      serving = reading
      changes.onChange(reading)
    }
  }
}

/** Whether callers are asked for a certificate is settled when the listener is made. */
function modeProblem(next: CertificateFiles, serving: CertificateFiles): string | undefined {
  if (next.clientCa !== undefined && serving.clientCa === undefined) return 'client-ca.crt is new: it needs a restart'
  return next.clientCa === undefined && serving.clientCa !== undefined
    ? 'client-ca.crt is gone: it needs a restart'
    : undefined
}

function isSame(a: CertificateFiles, b: CertificateFiles): boolean {
  return a.cert === b.cert && a.key === b.key && a.clientCa === b.clientCa
}

/** Without events, for want of file handles say, there is still the poll. */
function watchDirectory(dir: string, onEvent: () => void): () => void {
  try {
    const watcher = watch(dir, { persistent: false }, onEvent)
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => undefined
  }
}
