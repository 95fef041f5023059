import { sizeOf } from './read-text.ts'

/** Below this a thread costs more than it spares. */
const leastFiles = 200
const leastBytes = 16 * 1024 * 1024
/** The size of a tree is guessed from one file in so many. */
const sample = 16

/** How many objects there are in the file that nobody looks at; undefined where it has to be read. */
export type Scan = (file: string) => number | undefined | Promise<number | undefined>

/** What the second thread is given. It answers once, with the number of objects by the index of each file that need not be read. */
export interface ScanOrder {
  readonly files: readonly string[]
  readonly lookedAt: ReadonlySet<string>
  /** Shared: which files one of the threads has begun with. */
  readonly taken: Int32Array
}
export type Scanned = ReadonlyMap<number, number>

export const nothingScanned: Scan = () => undefined

/** Whether the file was nobody's yet, and is now the caller's. */
export function take(taken: Int32Array, index: number): boolean {
  return Atomics.compareExchange(taken, index, 0, 1) === 0
}

/**
 * Has a second thread scan a large tree from its end, while this one reads it from its beginning, until they meet; only the package has
 * the thread's program. A thread that fails has scanned nothing.
 */
export async function scanAhead(files: readonly string[], lookedAt: ReadonlySet<string>): Promise<Scan> {
  if (typeof require !== 'function' || files.length < leastFiles || roughBytes(files) < leastBytes)
    return nothingScanned
  // What is read is garbage a moment later: the room that V8 would add for it, tens of megabytes, makes nothing faster.
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
  const { Worker } = await import('node:worker_threads')
  const taken = new Int32Array(new SharedArrayBuffer(files.length * Int32Array.BYTES_PER_ELEMENT))
  const worker = new Worker(require.resolve('./scan-worker.js'), {
    workerData: { files, lookedAt, taken } satisfies ScanOrder,
    // A file too large for it ends the thread.
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 48 },
  })
  const answer = new Promise<Scanned>((done) => {
    worker.once('message', done)
    worker.once('error', () => done(new Map()))
    worker.once('exit', () => done(new Map()))
  })
  const indexOf = new Map(files.map((file, index) => [file, index]))
  return (file) => {
    const index = indexOf.get(file)
    return index === undefined || take(taken, index) ? undefined : answer.then((scanned) => scanned.get(index))
  }
}

function roughBytes(files: readonly string[]): number {
  const some = files.filter((_, index) => index % sample === 0)
  return some.reduce((sum, file) => sum + sizeOf(file), 0) * sample
}
