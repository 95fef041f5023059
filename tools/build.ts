import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { build, type Plugin } from 'esbuild'

/**
 * The package: one bundle for the command line and one for each part that a command loads when it needs it. CommonJS, because
 * Node starts it some 10 ms sooner than the same code as ES modules; the start is what `check` costs in a pre-commit hook.
 */
const parts = {
  cli: 'src/cli/main.ts',
  fix: 'src/cli/fix.ts',
  serve: 'src/cli/serve.ts',
  audit: 'src/cli/audit.ts',
  'webhook-config': 'src/cli/webhook-config.ts',
  policy: 'src/cli/policy.ts',
  examples: 'src/cli/examples.generated.ts',
  'read-renders': 'src/manifests/render/read-renders.ts',
  'trace-piped': 'src/manifests/render/trace-piped.ts',
  'dev-certificate': 'src/admission/dev-certificate.ts',
}

/** What is imported dynamically and is a part of its own stays outside. */
const separateParts: Plugin = {
  name: 'separate-parts',
  setup(builder) {
    builder.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind, resolveDir }) => {
      const file = relative('.', join(resolveDir, path))
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
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [separateParts],
})

// The compile cache only serves what is loaded after it was enabled, so the program itself is a file of its own.
const stub = `#!/usr/bin/env node
require('node:module').enableCompileCache?.()
require('./cli.js')
`
writeFileSync('dist/evenkeel.js', stub, { mode: 0o755 })
writeFileSync('dist/package.json', `${JSON.stringify({ type: 'commonjs', version: versionOf('package.json') })}\n`)

function versionOf(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
