import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Script } from 'node:vm'

/** The parts of the package that come compiled: what every check runs, and what one by a policy file does. */
export const compiledParts: readonly string[] = ['./cli.js', './policy-file.js']

interface Load {
  (part: string): unknown
  readonly resolve: (part: string) => string
}

/** A CommonJS file of the package, compiled. */
type Program = (require: Load, module: { exports: unknown }) => void

/** The compiled file; V8 takes the cache only for the same text, from the same build of Node with the same flags. */
export function scriptOf(filename: string, cachedData?: Buffer): Script {
  const source = `(function(require,module){${readFileSync(filename, 'latin1')}\n})`
  return new Script(source, cachedData === undefined ? { filename } : { filename, cachedData })
}

export function cacheFileOf(filename: string): string {
  return `${filename}.${process.version}-${process.arch}.cache`
}

/** Undefined where there is no cache that this Node takes. */
function cachedScript(filename: string): Script | undefined {
  try {
    const script = scriptOf(filename, readFileSync(cacheFileOf(filename)))
    return script.cachedDataRejected === true ? undefined : script
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Loads parts of the package, by their scripts where there are any and else by `require`. */
export function partLoader(require: Load, scriptFor: (part: string) => Script | undefined): Load {
  const loaded = new Map<string, { exports: unknown }>()
  const loadPart = (part: string): unknown => {
    const earlier = loaded.get(part)
    if (earlier !== undefined) return earlier.exports
    const script = scriptFor(part)
    if (script === undefined) return require(part)
    const module = { exports: {} }
    loaded.set(part, module)
    const program = script.runInThisContext() as Program
    program(load, module)
    return module.exports
  }
  const load: Load = Object.assign(loadPart, { resolve: require.resolve })
  return load
}

/** The script of a part in a directory, if it comes compiled. */
export function compiledIn(directory: string): (part: string) => Script | undefined {
  return (part) => (compiledParts.includes(part) ? cachedScript(join(directory, part)) : undefined)
}
