import { reportOn } from '../../src/cli/files/check.ts'
import { fileWorldOf } from '../../src/cli/files/read-world.ts'
import { findPolicies } from '../../src/cli/find-policies.ts'
import { judge } from '../../src/cli/judge.ts'
import { objectsIn } from '../../src/manifests/objects-in.ts'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'
import type { CheckReport } from '../../src/report/check-report.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

const { policies: strict } = await findPolicies({ preset: 'strict' }, process.cwd())

/** The report that `check` makes of files with these texts, by the strictest policy. */
export function reportOf(texts: Readonly<Record<string, string>>, policies = strict): CheckReport {
  const read = Object.entries(texts).flatMap(([file, text]) => {
    const { documents, errors } = readDocuments(text, file)
    return [{ manifests: [], errors }, ...documents.map((document) => objectsIn(document, file))]
  })
  const sources = {
    manifests: read.flatMap(({ manifests }) => manifests),
    errors: read.flatMap(({ errors }) => errors),
    unrendered: [],
    bystanders: 0,
    notes: [],
  }
  const files = fileWorldOf(sources, policies, {})
  return reportOn(files, ({ object }) => ({ evaluation: judge(object, { ...files.world, now }) }))
}

/** A Deployment with two containers that lack nearly everything. */
export const careless = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  annotations: {}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  strategy: {rollingUpdate: {maxUnavailable: 25%, maxSurge: 1}} # quick
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example/web:1
      - name: side
        image: registry.example/side:1
`
