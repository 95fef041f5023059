import { parentPort, workerData } from 'node:worker_threads'
import { type ScanOrder, take } from './scan-ahead.ts'
import { scanFile } from './scan-file.ts'

/** A thread that scans files, the last first, until it comes to those that others have taken. */
const { files, lookedAt, taken } = workerData as ScanOrder
const scanned = new Map<number, number>()
for (let index = files.length - 1; index >= 0 && take(taken, index); index--) {
  const bystanders = scanFile(files[index] ?? '', lookedAt)
  if (bystanders !== undefined) scanned.set(index, bystanders)
}
parentPort?.postMessage(scanned)
