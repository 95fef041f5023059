import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { readPolicyFiles } from '../../src/cli/find-policies.ts'
import { changeOf } from '../../src/engine/change.ts'
import { evaluate } from '../../src/engine/evaluate.ts'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { World } from '../../src/model/world.ts'
import { denyText } from '../../src/report/deny-text.ts'
import { toJson } from '../../src/report/json.ts'
import { evenkeel } from '../cli/evenkeel.ts'
import { clusterOrSkip } from '../cluster/binaries.ts'
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts'
import { register } from '../e2e/registration.ts'
import { startWebhook, type Webhook } from '../e2e/webhook.ts'
import { type Case, cases } from './cases.ts'

interface Judged {
  readonly object: { readonly kind: string; readonly namespace: string }
  readonly decision: string
  readonly results: readonly {
    readonly rule: string
    readonly status: string
    readonly findings?: readonly Record<string, unknown>[]
  }[]
}

const namespaceOf = (index: number) => `case-${index}`
const placed = (object: KubeObject, index: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: namespaceOf(index) },
})
const fileOf = ({ object, companions = [] }: Case, index: number): string =>
  [object, ...companions].map((one) => JSON.stringify(placed(one, index), null, 2)).join('\n---\n')

const policyText = cases
  .map(({ policy }, i) => ({
    apiVersion: 'evenkeel.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name: `policy-${i}` },
    spec: { ...policy, match: { namespaces: [namespaceOf(i)] } },
  }))
  .map((policy) => JSON.stringify(policy))
  .join('\n---\n')

/** The judged object's part of a report, without what only files have. */
function partOf(stdout: string, { object }: Case, index: number): Judged | undefined {
  const report = JSON.parse(stdout) as { objects: Judged[] }
  const judged = report.objects.find(
    (one) => one.object.kind === object.kind && one.object.namespace === namespaceOf(index),
  )
  const text = JSON.stringify(judged, (key, value: unknown) =>
    key === 'position' || key === 'source' ? undefined : value,
  )
  return judged && (JSON.parse(text) as Judged)
}

function post(
  webhook: Webhook,
  review: object,
): Promise<{ response: { uid: string; allowed: boolean; status?: { message: string }; warnings?: string[] } }> {
  return new Promise((resolve, reject) => {
    const call = request(
      new URL('/validate?timeout=3s', webhook.url),
      { method: 'POST', ca: readFileSync(webhook.caFile), headers: { 'content-type': 'application/json' } },
      (answer) => json(answer).then(resolve as (value: unknown) => void, reject),
    )
    call.on('error', reject)
    call.end(JSON.stringify(review))
  })
}

/** The object as the API server stores it: its own defaults, managedFields and what kubectl noted. */
async function stored(cluster: ControlPlane, object: KubeObject): Promise<KubeObject> {
  const { stdout, stderr, code } = await cluster.kubectl(['apply', '--dry-run=server', '-o', 'json', '-f', '-'], {
    input: JSON.stringify(object),
  })
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as KubeObject
}

/** The lines of a denial, by the engine; the webhook knows no companions. */
async function expected(
  one: Case,
  index: number,
  before: KubeObject | undefined,
  object: KubeObject,
  policyFile: string,
) {
  const view = viewOf([])
  const user = { username: 'admin', groups: ['system:masters', 'system:authenticated'] }
  const world: World = {
    policies: (await readPolicyFiles([policyFile])).policies,
    view,
    now: Date.now(),
    defaulted: true,
    request: {
      operation: before ? 'UPDATE' : 'CREATE',
      user,
      change: before ? changeOf(before, object, view) : 'create',
      fieldManager: 'kubectl-client-side-apply',
      ...(before ? { oldObject: before } : {}),
    },
  }
  const evaluation = evaluate(object, world)
  return { evaluation, text: denyText(evaluation, world), name: one.name, namespace: namespaceOf(index) }
}

t.test('the engine and check say the same of every case that is no update', async (t) => {
  const dir = t.testdir({ 'policies.yaml': policyText })
  const { policies } = await readPolicyFiles([join(dir, 'policies.yaml')])
  for (const [i, one] of cases.entries()) {
    if (one.old !== undefined) continue
    writeFileSync(join(dir, 'case.yaml'), fileOf(one, i))
    const all = [one.object, ...(one.companions ?? [])].map((object) => placed(object, i))
    const world: World = { policies, view: viewOf(all, { everything: true }), now: Date.now(), defaulted: false }
    const objects = [{ evaluation: evaluate(placed(one.object, i), world) }]
    const engine = [...toJson({ objects, errors: [], seen: 1 }, { root: dir })].join('')
    const { stdout } = await evenkeel([
      'check',
      '--complete',
      '-o',
      'json',
      '--policy',
      join(dir, 'policies.yaml'),
      join(dir, 'case.yaml'),
    ])
    t.strictSame(partOf(stdout, one, i), partOf(engine, one, i), one.name)
    t.equal(partOf(stdout, one, i)?.decision, one.inFiles, one.name)
  }
})

/** A file shows what its author wrote; the cluster no longer has what its API server did not know. */
const dropped = { status: 'skip', reason: 'the API server has dropped what it does not know' }

const needsCluster = await clusterOrSkip(t)
t.test('so do the audit of a cluster, the HTTPS endpoint and the API server', needsCluster, async (t) => {
  const cluster = await startControlPlane()
  t.teardown(() => cluster.stop())
  const dir = t.testdir({ 'policies.yaml': policyText })
  const policyFile = join(dir, 'policies.yaml')
  const policy = ['--policy', policyFile]
  const webhook = await startWebhook(policy)
  t.teardown(() => webhook.stop())

  const namespaces = cases.map((_, i) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(i) } }))
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: namespaces }))

  const reviews: { before: KubeObject | undefined; object: KubeObject }[] = []
  for (const [i, one] of cases.entries()) {
    if (one.old) await cluster.apply(JSON.stringify(placed(one.old, i)))
    const before = one.old ? await stored(cluster, placed(one.old, i)) : undefined
    reviews.push({ before, object: await stored(cluster, placed(one.object, i)) })
  }

  await t.test("the HTTPS endpoint answers with the engine's decision and lines", async (t) => {
    for (const [i, one] of cases.entries()) {
      const { before, object } = reviews[i]!
      const { text, evaluation } = await expected(one, i, before, object, policyFile)
      const answer = await post(webhook, {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: {
          uid: `case-${i}`,
          kind: { group: object.apiVersion.split('/')[0], version: 'v1', kind: object.kind },
          namespace: namespaceOf(i),
          name: object.metadata.name,
          operation: before ? 'UPDATE' : 'CREATE',
          userInfo: { username: 'admin', groups: ['system:masters', 'system:authenticated'] },
          object,
          oldObject: before ?? null,
          dryRun: false,
          options: { fieldManager: 'kubectl-client-side-apply' },
        },
      })
      t.equal(evaluation.decision, one.atWebhook, one.name)
      t.equal(answer.response.uid, `case-${i}`)
      t.equal(answer.response.allowed, one.atWebhook !== 'deny', one.name)
      if (one.atWebhook === 'deny') t.equal(answer.response.status?.message, text, one.name)
      t.equal(
        (answer.response.warnings ?? []).length > 0,
        JSON.stringify(evaluation).includes('"verdict":"warn"'),
        one.name,
      )
    }
  })

  await t.test('kubectl shows the same lines, and no other write gets through', async (t) => {
    await register(cluster, webhook, policy, namespaceOf(0))
    // Only the verdict is compared here: what the mutating webhook repairs has tests of its own.
    await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', 'evenkeel'])
    for (const [i, one] of cases.entries()) {
      const { before, object } = reviews[i]!
      const { text } = await expected(one, i, before, object, policyFile)
      const ran = await cluster.kubectl(['apply', '--dry-run=server', '-f', '-'], {
        input: JSON.stringify(placed(one.object, i)),
      })
      t.equal(ran.code === 0, one.atWebhook !== 'deny', `${one.name}: ${ran.stderr}`)
      if (one.atWebhook === 'deny') t.ok(ran.stderr.includes(text), `${one.name}\n${ran.stderr}\n--- wanted\n${text}`)
    }
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'evenkeel'])
  })

  await t.test('the audit finds the same as check, as JSON, but for fields that the API server drops', async (t) => {
    for (const [i, one] of cases.entries()) {
      if (one.old !== undefined) continue
      writeFileSync(join(dir, 'case.yaml'), fileOf(one, i))
      await cluster.apply(fileOf(one, i))
      const checked = await evenkeel(['check', '--complete', '-o', 'json', ...policy, join(dir, 'case.yaml')])
      const flags = ['--kubeconfig', cluster.kubeconfig, '--namespace', namespaceOf(i)]
      const audited = await evenkeel(['audit', '-o', 'json', ...policy, ...flags])
      const expected = partOf(checked.stdout, one, i)
      const results = expected?.results.map((result) =>
        result.rule === 'disallow-misplaced-field' && result.status === 'pass' ? { ...result, ...dropped } : result,
      )
      t.strictSame(partOf(audited.stdout, one, i), { ...expected, results }, `${one.name}${audited.stderr}`)
    }
  })
})
