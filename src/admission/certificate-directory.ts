import { watch } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type CertificateFiles, checkCertificate, type ServingCertificate } from './tls.ts'

export interface CertificateDirectory {
  /** Holds `tls.crt`, `tls.key` and, where callers must have a certificate, `client-ca.crt`. */
  readonly dir: string
  /** DNS names that callers dial; a certificate without one of them is refused. */
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
  const take = createTaker(current, changes)
  let isStopped = false
  // One after another: of two readings under way the older could be the last to arrive.
  let last = Promise.resolve()
  const look = (): void => {
    last = last.then(async () => {
      const reading = await readCertificate(source)
      if (!isStopped) take(reading)
    })
  }
  let settling: NodeJS.Timeout | undefined
  const closeWatcher = watchDirectory(source.dir, () => {
    clearTimeout(settling)
    settling = setTimeout(look, settle).unref()
  })
  const polling = setInterval(look, poll).unref()
  return () => {
    isStopped = true
    clearTimeout(settling)
    clearInterval(polling)
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
