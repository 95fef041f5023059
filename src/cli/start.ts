#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { cachedProgram } from './code-cache.ts'

/*
 * What the package starts with: cli.js as V8 compiled it when the package was built, which spares a check a quarter of its time. Node's
 * own compile cache lacks the functions that only run later; it serves the parts that other commands load, and everything where the
 * package was built by another Node.
 */
const program = cachedProgram(`${__dirname}/cli.js`)
// Node has it from 22.8 on.
if (program === undefined || process.argv[2] !== 'check') (enableCompileCache as (() => unknown) | undefined)?.()
if (program === undefined) void import('./main.ts')
else program(require)
