import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'

/** A CommonJS file of the package, compiled: gets the `require` that its parts are loaded with. */
type Program = (load: NodeJS.Require) => void

/** The compiled file; V8 takes the cache only for the same text, from the same build of Node with the same flags. */
export function scriptOf(filename: string, cachedData?: Buffer): Script {
  const source = `(function(require){${readFileSync(filename, 'latin1')}\n})`
  return new Script(source, cachedData === undefined ? { filename } : { filename, cachedData })
}

export function cacheFileOf(filename: string): string {
  return `${filename}.${process.version}-${process.arch}.cache`
}

/** Undefined where there is no cache that this Node takes. */
export function cachedProgram(filename: string): Program | undefined {
  try {
    const script = scriptOf(filename, readFileSync(cacheFileOf(filename)))
    return script.cachedDataRejected === true ? undefined : (script.runInThisContext() as Program)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
