import { parentPort, workerData } from 'node:worker_threads'
import { type ScanOrder, take } from './scan-ahead.ts'
import { type PassedFile, scanFile } from './scan-file.ts'

/** A thread that scans files, the last first, until it comes to those that others have taken. */
const { files, lookedAt, taken } = workerData as ScanOrder
const scanned = new Map<number, PassedFile>()
for (let index = files.length - 1; index >= 0 && take(taken, index); index--) {
  const passed = scanFile(files[index] ?? '', lookedAt)
  if (passed !== undefined) scanned.set(index, passed)
}
parentPort?.postMessage(scanned)
