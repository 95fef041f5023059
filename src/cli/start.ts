#!/usr/bin/env node
import { compiledIn, partLoader } from './code-cache.ts'

/*
 * What the package starts with: parts as V8 compiled them when the package was built, which spares a check a quarter of its time. Node's
 * own compile cache lacks the functions that only run later; it serves the parts that other commands load, and everything where the
 * package was built by another Node.
 */
const scriptFor = compiledIn(__dirname)
const program = scriptFor('./cli.js')
if (program === undefined || process.argv[2] !== 'check') {
  // Node has it from 22.8 on. Not imported above, since a check would have to wait for that.
  const nodeModule = (process.getBuiltinModule as typeof process.getBuiltinModule | undefined)?.('node:module')
  ;(nodeModule?.enableCompileCache as (() => unknown) | undefined)?.()
}
if (program === undefined) void import('./main.ts')
else partLoader(require, (part) => (part === './cli.js' ? program : scriptFor(part)))('./cli.js')
