import { findPolicies } from '../../src/cli/find-policies.ts'
import { isJudged, judge } from '../../src/cli/judge.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { InputError, Manifest } from '../../src/manifests/manifest.ts'
import { objectsIn } from '../../src/manifests/objects-in.ts'
import { readDocuments } from '../../src/manifests/parse-yaml.ts'
import type { CheckReport, JudgedObject } from '../../src/report/check-report.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

const { policies: strict } = await findPolicies({ preset: 'strict' }, process.cwd())

function judged(manifest: Manifest, world: Parameters<typeof judge>[1]): JudgedObject {
  const { source, positionOf, quoteOf } = manifest
  return { evaluation: judge(manifest.object, world), source, positionOf, quoteOf }
}

/** The report that `check` would make of files with these texts, by the strictest policy. */
export function reportOf(texts: Readonly<Record<string, string>>, policies = strict): CheckReport {
  const errors: InputError[] = []
  const manifests: Manifest[] = []
  for (const [file, text] of Object.entries(texts)) {
    const read = readDocuments(text, file)
    errors.push(...read.errors)
    for (const document of read.documents) manifests.push(...objectsIn(document, file).manifests)
  }
  const view = viewOf(
    manifests.map(({ object }) => object),
    { everything: false },
  )
  const world = { policies, view, now, defaulted: false }
  const objects = manifests.filter(({ object }) => isJudged(object)).map((manifest) => judged(manifest, world))
  return { objects, errors, seen: manifests.length }
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
