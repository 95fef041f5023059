import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { cacheFileOf, compiledParts, partLoader, scriptOf } from '../src/cli/code-cache.ts'

/**
 * Writes V8's code cache of the parts that come compiled. It holds the functions that have run so far, so the program first runs on what most checks
 * are given: YAML and JSON, good and bad, each output, presets and policy files. Run it with its output thrown away.
 */
const manifests = `# a comment
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: &labels
    app: web
  annotations:
    kubernetes.io/change-cause: "first"
spec:
  replicas: 4
  selector:
    matchLabels: *labels
  strategy:
    rollingUpdate: {maxUnavailable: 25%, maxSurge: 0}
  template:
    metadata:
      labels: {app: web}
    spec:
      terminationGracePeriodSeconds: 30
      containers:
        - name: web
          image: registry.example/web:1.2.3
          args: ['--listen', ":8080", -v]
          command:
            - /bin/sh
            - -c
            - |
              exec web "$@"
          ports:
            - containerPort: 8080
              name: http
          readinessProbe:
            httpGet: {path: /ready, port: http}
          lifecycle:
            preStop:
              sleep: {seconds: 10}
          resources:
            requests: {cpu: 100m, memory: 64Mi}
        - name: sidecar
          image: "sidecar"
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 4, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  folded: >-
    one
    two
`
const policy = `apiVersion: evenkeel.dev/v1alpha1
kind: RolloutPolicy
metadata: {name: shop}
spec:
  extends: recommended
  environment: production
  match: {namespaces: [shop]}
  rules:
    require-pre-stop-hook: {enforcement: deny, params: {minSeconds: 5}}
    require-replicas: warn
`
const json = {
  apiVersion: 'v1',
  kind: 'List',
  items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }],
}

const directory = mkdtempSync(join(tmpdir(), 'evenkeel-build-'))
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}
const input = [file('web.yaml', manifests), file('list.json', JSON.stringify(json, null, 2))]
const program = resolve('dist/cli.js')
const scripts = new Map(compiledParts.map((part) => [part, scriptOf(resolve('dist', part))]))
const checks = [
  ['--policy', file('policy.yaml', policy), ...input],
  ['--preset', 'strict', '-o', 'json', ...input],
  ['--preset', 'strict', '--fail-on', 'never', file('broken.yaml', 'a: [')],
]

const exit = process.exit.bind(process)
const codes: unknown[] = []
for (const args of checks) {
  process.argv = [process.execPath, program, 'check', ...args]
  const ended = new Promise((resolve) => {
    process.exit = resolve as typeof exit
  })
  partLoader(createRequire(program), (part) => scripts.get(part))('./cli.js')
  codes.push(await ended)
}
process.exit = exit
rmSync(directory, { recursive: true })
if (codes.join() !== '1,1,3') throw new Error(`the sample runs ended with ${codes.join()}`)
for (const [part, script] of scripts) writeFileSync(cacheFileOf(resolve('dist', part)), script.createCachedData())
