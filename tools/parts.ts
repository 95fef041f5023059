import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { pathFrom } from '../src/paths/shared-path.ts'

/**
 * The package: one bundle for the command line and one for each part that a command loads when it needs it. CommonJS, because
 * Node starts it some 10 ms sooner than the same code as ES modules; the start is what `check` costs in a pre-commit hook.
 */
export const parts = {
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

/**
 * What is imported dynamically and yet stays in the bundle that imports it: small things of the command line, `check`, which that
 * bundle is for, and the client without which an audit is nothing.
 */
export const kept: readonly string[] = [
  ...globSync('src/cli/commands/*.ts').map((file) => pathFrom(process.cwd(), file)),
  'src/cli/help.ts',
  'src/cli/version.ts',
  'src/cli/rules.ts',
  'src/cli/files/check.ts',
  '@kubernetes/client-node',
]

/** A package may load what it likes. */
function isOurs(directory: string): boolean {
  return pathFrom(process.cwd(), directory).startsWith('src/')
}

/** What is imported dynamically and is a part of its own stays outside. Whatever is neither would grow what every check loads. */
export const separateParts: Plugin = {
  name: 'separate-parts',
  setup(builder) {
    builder.onResolve({ filter: /./ }, ({ path, kind, resolveDir }) => {
      if (kind !== 'dynamic-import' || path.startsWith('node:') || !isOurs(resolveDir)) return undefined
      const wanted = path.startsWith('.') ? pathFrom(process.cwd(), join(resolveDir, path)) : path
      const [name] = Object.entries(parts).find(([, entry]) => entry === wanted) ?? []
      if (name !== undefined) return { path: `./${name}.js`, external: true }
      if (kept.includes(wanted)) return undefined
      return {
        errors: [{ text: `${wanted} is loaded when needed: make it one of \`parts\` in tools/parts.ts, or \`kept\`` }],
      }
    })
  },
}
