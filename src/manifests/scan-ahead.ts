import { statSync } from 'node:fs'
import type { PassedFile } from './scan-file.ts'

/** Below this a thread costs more than it spares. */
const leastFiles = 200
const leastBytes = 16 * 1024 * 1024
/** What this thread keeps, which judges besides. */
const ownShare = 0.4

/** What the file comes to; undefined where it has to be read. */
export type Scan = (file: string) => PassedFile | undefined | Promise<PassedFile | undefined>

export const nothingScanned: Scan = () => undefined

/**
 * Has a second thread scan the later files of a large tree while this one reads the earlier, where that pays; only the
 * package has the thread's program. A thread that fails has scanned nothing.
 */
export async function scanAhead(files: readonly string[], lookedAt: ReadonlySet<string>): Promise<Scan> {
  if (typeof require !== 'function' || files.length < leastFiles) return nothingScanned
  const from = firstBeyond(files)
  if (from === undefined) return nothingScanned
  const later = files.slice(from)
  const { Worker } = await import('node:worker_threads')
  const worker = new Worker(require.resolve('./scan-worker.js'), {
    workerData: { files: later, lookedAt },
    // A file too large for it ends the thread.
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 48 },
  })
  const answer = new Promise<readonly (PassedFile | undefined)[]>((done) => {
    worker.once('message', done)
    worker.once('error', () => done([]))
    worker.once('exit', () => done([]))
  })
  const indexOf = new Map(later.map((file, index) => [file, index]))
  return (file) => {
    const index = indexOf.get(file)
    return index === undefined ? undefined : answer.then((passed) => passed[index])
  }
}

/** The first file beyond this thread's share of the bytes; undefined if there are too few. */
function firstBeyond(files: readonly string[]): number | undefined {
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total < leastBytes) return undefined
  let own = 0
  return sizes.findIndex((size) => (own += size) > total * ownShare)
}
