import { resolve } from 'node:path'
import { chartAround } from './chart.ts'
import { type FoundFiles, findFiles, isDirectory } from './find-files.ts'
import { overlayAround } from './kustomization.ts'
import type { InputError, Manifest, Unrendered } from './manifest.ts'
import { manifestsIn } from './manifests-in.ts'
import { readFile, readStream, type Text } from './read-text.ts'
import { nothingScanned, type Scan, scanAhead } from './scan-ahead.ts'

/** All that could be read, in the order given, and all that could not. */
export interface ReadManifests {
  readonly manifests: Manifest[]
  readonly errors: InputError[]
  readonly unrendered: Unrendered[]
  /** Objects of kinds that nobody looks at. */
  bystanders: number
}

interface ReadOptions {
  readonly stdin?: AsyncIterable<Uint8Array | string>
  readonly texts?: Map<string, string> | undefined
  /** The only kinds that anybody looks at; without it every object is read. */
  readonly lookedAt?: ReadonlySet<string>
  /** Told before each file, which waits for the answer. */
  readonly onFile?: (file: string) => Promise<void> | undefined
}

/**
 * Reads files (whatever they are called), directories and `-`, which is `stdin` in positions. A file that is named twice is read once.
 * Never throws: what cannot be read is among the errors, and the rest is read. Into `texts` goes what stands in
 * stdin and in each file with an object, if asked for.
 */
export async function readManifests(paths: readonly string[], options: ReadOptions = {}): Promise<ReadManifests> {
  const result: ReadManifests = { manifests: [], errors: [], unrendered: [], bystanders: 0 }
  const { lookedAt, texts } = options
  const found = [...filesOf(paths, result.unrendered)]
  const files = found.filter((one) => typeof one === 'string').filter((file) => file !== '-')
  // Whoever wants the texts wants all of them.
  const scan = lookedAt && texts === undefined ? await scanAhead(files, lookedAt) : nothingScanned
  for (const one of found) {
    if (typeof one !== 'string') result.errors.push(one)
    else await readInto(result, one, scan, options)
  }
  return result
}

async function readInto(result: ReadManifests, file: string, scan: Scan, options: ReadOptions): Promise<void> {
  const name = file === '-' ? 'stdin' : file
  await options.onFile?.(name)
  const bystanders = await scan(file)
  if (bystanders !== undefined) {
    result.bystanders += bystanders
    return
  }
  const read = file === '-' ? await readStdin(options) : readFile(file)
  const hasObjects = add(result, name, read, options.lookedAt)
  if ('text' in read && (hasObjects || file === '-')) options.texts?.set(name, read.text)
}

/** Each once, as they are asked for, and what is to be said against directories among them. */
function* filesOf(paths: readonly string[], passedOver: Unrendered[]): Generator<string | InputError> {
  const seen = new Set<string>()
  for (const path of paths) {
    const { files, errors, unrendered } = filesAt(path)
    yield* errors
    for (const one of unrendered) if (!passedOver.some((other) => isSame(one, other))) passedOver.push(one)
    for (const file of files) {
      const absolute = resolve(file)
      if (!seen.has(absolute)) yield file
      seen.add(absolute)
    }
  }
}

/** Node takes some milliseconds to open process.stdin: only when it is wanted. */
function readStdin({ stdin }: ReadOptions): Promise<Text> {
  return readStream(stdin ?? process.stdin, 'stdin')
}

/** A file that is named is read, unless only Helm or Kustomize can read it. */
function filesAt(path: string): FoundFiles {
  if (path === '-') return { files: [path], errors: [], unrendered: [] }
  const around = unrenderedAround(path)
  if (around !== undefined) return { files: [], errors: [], unrendered: [around] }
  return isDirectory(path) ? findFiles(path) : { files: [path], errors: [], unrendered: [] }
}

function isSame(one: Unrendered, other: Unrendered): boolean {
  return one.tool === other.tool && resolve(one.directory) === resolve(other.directory)
}

function unrenderedAround(path: string): Unrendered | undefined {
  const chart = chartAround(path)
  if (chart !== undefined) return { tool: 'helm', directory: chart }
  const overlay = overlayAround(path)
  return overlay === undefined ? undefined : { tool: 'kustomize', directory: overlay }
}

/** Whether there are objects in it, of whatever kind. */
function add(result: ReadManifests, file: string, read: Text, lookedAt?: ReadonlySet<string>): boolean {
  if ('error' in read) {
    result.errors.push(read.error)
    return false
  }
  const { manifests, errors, bystanders } = manifestsIn(read.text, file, lookedAt && ((kind) => lookedAt.has(kind)))
  for (const manifest of manifests) result.manifests.push(manifest)
  for (const error of errors) result.errors.push(error)
  result.bystanders += bystanders
  return manifests.length + bystanders > 0
}
