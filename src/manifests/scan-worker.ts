import { parentPort, workerData } from 'node:worker_threads'
import { scanFile } from './scan-file.ts'

/** A thread that scans files and answers once, with what each of them comes to. */
const { files, lookedAt } = workerData as { readonly files: readonly string[]; readonly lookedAt: ReadonlySet<string> }
parentPort?.postMessage(files.map((file) => scanFile(file, lookedAt)))
