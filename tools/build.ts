import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { pathFrom } from '../src/paths/shared-path.ts'

/**
 * The package: one bundle for the command line and one for each part that a command loads when it needs it. CommonJS, because
 * Node starts it some 10 ms sooner than the same code as ES modules; the start is what `check` costs in a pre-commit hook.
 */
const parts = {
  evenkeel: 'src/cli/start.ts',
  cli: 'src/cli/main.ts',
  fix: 'src/cli/files/fix.ts',
  serve: 'src/cli/webhook/serve.ts',
  audit: 'src/cli/audit.ts',
  'webhook-config': 'src/cli/webhook/webhook-config.ts',
  policy: 'src/cli/policy.ts',
  'policy-file': 'src/policy/policy-file.generated.ts',
  examples: 'src/cli/examples.generated.ts',
  formats: 'src/report/formats.ts',
  'file-changes': 'src/cli/files/file-changes.ts',
  against: 'src/cli/files/against.ts',
  baseline: 'src/cli/files/baseline.ts',
  completion: 'src/cli/completion.ts',
  covering: 'src/cli/files/covering.ts',
  'write-file': 'src/cli/write-file.ts',
  'scan-worker': 'src/manifests/scan-worker.ts',
  'read-renders': 'src/manifests/render/read-renders.ts',
  'trace-piped': 'src/manifests/render/trace-piped.ts',
  'dev-certificate': 'src/admission/dev-certificate.ts',
}

/** What is imported dynamically and is a part of its own stays outside. */
const separateParts: Plugin = {
  name: 'separate-parts',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind, resolveDir }) => {
      const file = pathFrom(process.cwd(), join(resolveDir, path))
      const [name] = Object.entries(parts).find(([, entry]) => entry === file) ?? []
      return kind === 'dynamic-import' && name !== undefined ? { path: `./${name}.js`, external: true } : undefined
    })
  },
}

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
