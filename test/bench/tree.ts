import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What was written. */
export interface Tree {
  readonly files: readonly string[]
  readonly bytes: number
  readonly workloads: number
}

type Random = () => number

/** mulberry32: the same tree for the same seed. */
function randomFrom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

const words = (
  'the of a controller name reference must be set when field is optional and defaults to value list resource status ' +
  'spec pod Service Deployment namespace object key map may not used by policy target selector label request limit'
).split(' ')

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const between = (random: Random, least: number, most: number): number => least + Math.floor(random() * (most - least))

function prose(random: Random, length: number): string {
  return Array.from({ length }, () => pick(random, words)).join(' ')
}

/** As controller-gen writes schemas: descriptions over several lines, four levels deep. */
function schema(random: Random, depth: number, indent: string): string {
  let text = ''
  for (let n = between(random, 4, 9); n > 0; n--) {
    const name = `${pick(random, words)}${between(random, 0, 1e6)}`
    const type = depth > 0 && random() < 0.6 ? 'object' : pick(random, ['string', 'integer', 'boolean'])
    const lines = Array.from({ length: between(random, 1, 4) }, () => `${indent}    ${prose(random, 11)}`)
    const description =
      random() < 0.5 ? `|-\n${lines.join('\n')}` : lines.map((line) => line.trim()).join(`\n${indent}    `)
    text += `${indent}${name}:\n${indent}  description: ${description}\n${indent}  type: ${type}\n`
    if (type === 'object') text += `${indent}  properties:\n${schema(random, depth - 1, `${indent}    `)}`
    if (type === 'string' && random() < 0.2)
      text += `${indent}  enum:\n${indent}  - ${pick(random, words)}\n${indent}  - Other\n`
  }
  return text
}

function definition(random: Random, n: number): string {
  let properties = ''
  const goal = between(random, 20_000, 150_000)
  while (properties.length < goal) properties += schema(random, 2, '              ')
  return `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    controller-gen.kubebuilder.io/version: v0.16.5
  name: things${n}.example.dev
spec:
  group: example.dev
  names: {kind: Thing${n}, listKind: Thing${n}List, plural: things${n}, singular: thing${n}}
  scope: Namespaced
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        properties:
          spec:
            properties:
${properties}        type: object
    served: true
    storage: true
`.replace(
    / {2}names: \{kind: (\w+), listKind: (\w+), plural: (\w+), singular: (\w+)\}/,
    '  names:\n    kind: $1\n    listKind: $2\n    plural: $3\n    singular: $4',
  )
}

function dashboard(random: Random, n: number): string {
  const panels = Array.from({ length: between(random, 15, 75) }, (_, id) => ({
    id,
    title: prose(random, 4),
    type: pick(random, ['timeseries', 'stat', 'table']),
    gridPos: { h: 8, w: 12, x: 0, y: id * 8 },
    targets: [
      {
        expr: `sum(rate(http_requests_total{job="${pick(random, words)}"}[5m])) by (le)`,
        legendFormat: '{{instance}}',
      },
    ],
    fieldConfig: {
      defaults: { unit: 's', thresholds: { mode: 'absolute', steps: [{ color: 'green', value: null }] } },
    },
  }))
  const json = JSON.stringify({ title: `Dashboard ${n}`, panels, schemaVersion: 39 }, null, 2)
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard-${n}
  labels:
    grafana_dashboard: "1"
data:
  dashboard.json: |-
${json.replaceAll(/^/gm, '    ')}
`
}

function workload(random: Random, n: number): string {
  const kind = pick(random, ['Deployment', 'Deployment', 'Deployment', 'StatefulSet', 'DaemonSet'])
  const isGood = random() < 0.5
  const probe = '        readinessProbe:\n          httpGet:\n            path: /ready\n            port: http\n'
  return `apiVersion: apps/v1
kind: ${kind}
metadata:
  name: app-${n}
  namespace: team-${n % 20}
  labels:
    app.kubernetes.io/name: app-${n}
spec:
${kind === 'DaemonSet' ? '' : `  replicas: ${between(random, 1, 6)}\n`}  selector:
    matchLabels:
      app.kubernetes.io/name: app-${n}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-${n}
    spec:
      containers:
      - name: app
        image: registry.example/app-${n}:1.${n}.0
        args: ["--listen=:8080", "--log=info"]
        env:
${Array.from({ length: between(random, 3, 20) }, (_, i) => `        - name: VARIABLE_${i}\n          value: "${prose(random, 3)}"\n`).join('')}        ports:
        - containerPort: 8080
          name: http
${isGood ? probe : ''}        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
---
apiVersion: v1
kind: Service
metadata:
  name: app-${n}
  namespace: team-${n % 20}
spec:
  selector:
    app.kubernetes.io/name: app-${n}
  ports:
  - name: http
    port: 80
    targetPort: http
`
}

function smallObject(random: Random, n: number): string {
  const kind = pick(random, ['ConfigMap', 'Role', 'ServiceAccount', 'Secret', 'NetworkPolicy'])
  const groups = { Role: 'rbac.authorization.k8s.io/v1', NetworkPolicy: 'networking.k8s.io/v1' } as Record<
    string,
    string
  >
  const head = `apiVersion: ${groups[kind] ?? 'v1'}\nkind: ${kind}\nmetadata:\n  name: thing-${n}\n  namespace: team-${n % 20}\n`
  if (kind === 'Role')
    return `${head}rules:\n${Array.from({ length: between(random, 5, 30) }, () => `- apiGroups: [""]\n  resources: [pods, services]\n  verbs: [get, list, watch]\n`).join('')}`
  if (kind === 'NetworkPolicy') return `${head}spec:\n  podSelector: {}\n  policyTypes: [Ingress]\n`
  if (kind === 'ServiceAccount') return head
  if (kind === 'Secret') return `${head}type: Opaque\nstringData:\n  password: "${prose(random, 2)}"\n`
  return `${head}data:\n  config.ini: |\n${Array.from({ length: between(random, 10, 120) }, () => `    ${pick(random, words)} = ${prose(random, 5)}\n`).join('')}`
}

/**
 * Writes a tree shaped like the public repositories of platform teams: about 50 MB in 2 800 files, mostly definitions and dashboards,
 * with 400 workloads; `times` as much for larger ones.
 */
export function writeTree(directory: string, times: number, seed: number): Tree {
  const random = randomFrom(seed)
  const files: string[] = []
  let bytes = 0
  const write = (folder: string, name: string, text: string): void => {
    mkdirSync(join(directory, folder), { recursive: true })
    const file = join(directory, folder, name)
    writeFileSync(file, text)
    files.push(file)
    bytes += Buffer.byteLength(text)
  }
  const repeat = (count: number, each: (n: number) => void): void => {
    for (let n = 0; n < count * times; n++) each(n)
  }
  repeat(340, (n) => write('crds', `thing${n}.yaml`, definition(random, n)))
  repeat(460, (n) => write('dashboards', `dashboard-${n}.yaml`, dashboard(random, n)))
  repeat(400, (n) => write(`apps/team-${n % 20}`, `app-${n}.yaml`, workload(random, n)))
  repeat(1600, (n) => write(`base/team-${n % 20}`, `thing-${n}.yaml`, smallObject(random, n)))
  return { files, bytes, workloads: 400 * times }
}
