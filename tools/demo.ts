import { type ChildProcess, spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fastJsonPatch, { type Operation } from 'fast-json-patch'
import { judgedKinds } from '../src/cli/kinds.ts'
import { groupKindOf } from '../src/kube/group-kind.ts'
import { applied, withParents } from '../src/kube/patch.ts'
import { dotted, valueAt } from '../src/kube/pointer.ts'
import { readManifests } from '../src/manifests/read-manifests.ts'
import type { KubeObject } from '../src/model/object.ts'
import { readWorkload } from '../src/workloads/read-workload.ts'
import { bundle, isFresh } from './bundle.ts'

/**
 * The main job without a cluster: starts the webhook over TLS with the preset `strict`, sends it manifests as the API server does
 * for `kubectl apply` (defaults filled in, first to /mutate, then what came of it to /validate) and prints what kubectl would show.
 */
const paths = process.argv.slice(2)
/** What the seeds show as whole objects, and what was composed of their fragments. */
const wholeObjects = globSync(['test/seeds/*/*.yaml', 'test/seeds/*/composed/*.yaml']).sort()

interface Answer {
  readonly allowed: boolean
  readonly status?: { readonly code: number; readonly message: string }
  readonly warnings?: readonly string[]
  readonly patch?: string
}

type Post = (path: string, body: unknown) => Promise<{ readonly response: Answer }>

async function startWebhook(directory: string): Promise<{ server: ChildProcess; post: Post }> {
  const flags = [
    '--dev',
    '--tls-dir',
    directory,
    '--preset',
    'strict',
    '--port',
    '0',
    '--health-port',
    '0',
    '--lame-duck',
    '0',
  ]
  const server = spawn(process.execPath, [bundle, 'serve', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /https:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (url === undefined) continue
    server.stdout.resume()
    console.log(`The webhook is up at ${url} with the preset strict.\n`)
    const agent = new Agent({ keepAlive: true, ca: readFileSync(join(directory, 'ca.crt')) })
    return { server, post: (path, body) => post(new URL(path, url), JSON.stringify(body), agent) }
  }
  throw new Error('the webhook ended before it was up')
}

function post(url: URL, body: string, agent: Agent): Promise<{ readonly response: Answer }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = request(url, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as { response: Answer }))
    })
    call.on('error', reject)
    call.end(body)
  })
}

/** The API server's defaults, as far as they matter to rules, and what `kubectl apply` notes of the file. */
function asApplied(object: KubeObject): KubeObject {
  const defaults = Object.entries(readWorkload(object)?.defaults ?? {}).filter(
    ([path]) => valueAt(object, path) === undefined,
  )
  const note = {
    op: 'add',
    path: '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
    value: JSON.stringify(object),
  } as const
  const operations = [note, ...defaults.map(([path, value]) => ({ op: 'add', path, value }) as const)]
  return operations.flatMap((operation) => withParents(object, operation)).reduce(applied, object)
}

let count = 0
function reviewOf(object: KubeObject, path: string): object {
  const [group = '', version = ''] = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')
    : ['', object.apiVersion]
  count += 1
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: `demo-${count}-${path}`,
      kind: { group, version, kind: object.kind },
      resource: { group, version, resource: `${object.kind.toLowerCase()}s` },
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? 'default',
      operation: 'CREATE',
      userInfo: { username: 'you', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions', fieldManager: 'kubectl-client-side-apply' },
    },
  }
}

function patched(operation: Operation): string {
  const value = 'value' in operation ? JSON.stringify(operation.value) : '(removed)'
  return `  patched: ${dotted(operation.path)} = ${value}`
}

/** What a person at kubectl would read. */
async function apply(object: KubeObject, file: string, send: Post): Promise<string[]> {
  const resource = `${groupKindOf(object).replace(/^(\w+)/, (kind) => kind.toLowerCase())}/${object.metadata.name ?? ''}`
  if (!judgedKinds.includes(groupKindOf(object)))
    return [`${resource} created (a kind that the webhook is not asked about)`]
  const sent = asApplied(object)
  const mutation = (await send('/mutate?timeout=2s', reviewOf(sent, 'mutate'))).response
  const operations = mutation.patch ? (JSON.parse(Buffer.from(mutation.patch, 'base64').toString()) as Operation[]) : []
  const after = fastJsonPatch.applyPatch(structuredClone(sent), operations, true).newDocument
  const { allowed, status, warnings = [] } = (await send('/validate?timeout=3s', reviewOf(after, 'validate'))).response
  const said = warnings.map((warning) => `Warning: ${warning}`)
  if (allowed) return [...said, `${resource} created`, ...operations.filter(isTelling).map(patched)]
  const refusal = `admission webhook "validate.evenkeel.dev" denied the request: ${status?.message ?? ''}`
  return [...said, `Error from server (Forbidden): error when creating "${file}": ${refusal}`]
}

/** Parents that had to be made are not worth a line. */
function isTelling(operation: Operation): boolean {
  return !('value' in operation) || JSON.stringify(operation.value) !== '{}'
}

if (!isFresh()) await import('./build.ts')
const directory = mkdtempSync(join(tmpdir(), 'evenkeel-demo-'))
const { server, post: send } = await startWebhook(directory)
try {
  const { manifests, errors } = await readManifests(paths.length > 0 ? paths : wholeObjects)
  for (const { object, source } of manifests) {
    console.log(`$ kubectl apply -f ${source.file}  # ${object.kind} ${object.metadata.name ?? ''}`)
    console.log(`${(await apply(object, source.file, send)).join('\n')}\n`)
  }
  for (const error of errors) console.log(`not sent: ${error.file}: ${error.message}`)
  console.log(`${manifests.length} objects sent over TLS.`)
} finally {
  server.kill()
  rmSync(directory, { recursive: true, force: true })
}
