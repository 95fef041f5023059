import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { parts, separateParts } from './parts.ts'

rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: parts,
  outdir: 'dist',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Parts are required, so that they are CommonJS wherever they are loaded from.
  supported: { 'dynamic-import': false },
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  // A program of its own, for a thread.
  external: ['./scan-worker.js'],
  plugins: [separateParts],
})

chmodSync('dist/evenkeel.js', 0o755)
writeFileSync('dist/package.json', `${JSON.stringify({ type: 'commonjs', version: versionOf('package.json') })}\n`)

// By a process of its own, since what the program says while it is tried is nobody's.
execFileSync(process.execPath, ['tools/code-cache.ts'], { stdio: ['ignore', 'ignore', 'pipe'] })

function versionOf(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
