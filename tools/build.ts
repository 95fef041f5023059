import { rmSync } from 'node:fs'
import { build } from 'esbuild'

// Some packages inside are CommonJS and ask for `require`, which an ES module does not have.
const banner =
  "import { createRequire as evenkeelRequire } from 'node:module'; const require = evenkeelRequire(import.meta.url);"

rmSync('dist', { recursive: true, force: true })

/** The command line and the server in one bundle, split so that a command loads only what it needs. */
await build({
  entryPoints: { evenkeel: 'src/cli/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: banner },
  legalComments: 'none',
  logLevel: 'warning',
})
