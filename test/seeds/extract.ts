/**
 * Copies every YAML block of the five documents into a file of its own, byte for byte, and writes down their digests:
 * `node test/seeds/extract.ts DIRECTORY-OF-THE-DOCUMENTS`. CI does not have the documents; there, SHA256SUMS stands for them.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Source {
  readonly system: string
  /** Where the blocks go, in the order of the document; named by the comment on their first line where they have one. */
  readonly files: readonly string[]
}

/** By what the document's file name starts with. Whole objects are at the top, everything else is a fragment. */
const sources: Readonly<Record<string, Source>> = {
  '000_': {
    system: 'applyforus',
    files: [
      'fragments/probes-standard.yaml',
      'fragments/probes-slow-starting.yaml',
      'fragments/lifecycle.yaml',
      'fragments/strategy.yaml',
      'poddisruptionbudget.yaml',
      'fragments/hpa-metrics.yaml',
      'fragments/prometheus-annotations.yaml',
    ],
  },
  '001_': {
    system: 'feastflow',
    files: [
      'fragments/strategy.yaml',
      'fragments/blue-green.yaml',
      'fragments/canary.yaml',
      'fragments/recreate.yaml',
      'fragments/liveness-probe.yaml',
      'fragments/readiness-probe.yaml',
      'feastflow-backend-hpa.yaml',
      'argocd-application.yaml',
    ],
  },
  '002_': {
    system: 'sample-api',
    files: [
      'fragments/values-features.yaml',
      'fragments/Chart.yaml',
      'fragments/ci.yml',
      'sample-app.yaml',
      'fragments/values-blue-green.yaml',
      'fragments/values-canary.yaml',
      'feature-flags.yaml',
      'experiment.yaml',
      'fragments/environment-configs.yaml',
    ],
  },
  '003_': {
    system: 'endpoint-stats',
    files: [
      'flask-api-deployment.yaml',
      'rolling-update.yaml',
      'blue-green-deployment.yaml',
      'canary-deployment.yaml',
      'flask-api-hpa.yaml',
      'postgres-statefulset.yaml',
      'fragments/deploy.yml',
      'db-alias-service.yaml',
    ],
  },
  '004_': {
    system: 'aks-gitops',
    files: [
      'monitoring-stack.yaml',
      'virtual-service.yaml',
      'progressive-sync.yaml',
      'fragments/prometheus-alerts.yaml',
      'fragments/safe-production-deployment.yaml',
    ],
  },
}

function yamlBlocks(document: string): string[] {
  return [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => block ?? '')
}

const directory = process.argv[2]
if (directory === undefined) throw new Error('usage: node test/seeds/extract.ts DIRECTORY-OF-THE-DOCUMENTS')
const names = readdirSync(directory)
const sums: string[] = []
for (const [prefix, { system, files }] of Object.entries(sources)) {
  const name = names.find((candidate) => candidate.startsWith(prefix))
  if (name === undefined) throw new Error(`no document whose name starts with ${prefix}`)
  const blocks = yamlBlocks(readFileSync(join(directory, name), 'utf8'))
  if (blocks.length !== files.length) throw new Error(`${name} has ${blocks.length} YAML blocks, not ${files.length}`)
  for (const [i, block] of blocks.entries()) {
    const file = join(system, files[i] ?? '')
    const path = join(import.meta.dirname, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, block)
    sums.push(`${createHash('sha256').update(block).digest('hex')}  ${file}\n`)
  }
}
writeFileSync(join(import.meta.dirname, 'SHA256SUMS'), sums.join(''))
console.log(`${sums.length} blocks`)
