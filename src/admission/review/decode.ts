import { isObject } from '../../kube/is-object.ts'
import type { KubeObject } from '../../model/object.ts'
import type { UserInfo } from '../../model/request.ts'
import type { ReviewFacts, ReviewRequest } from '../reviewer.ts'
import { jsonDepth } from './json-depth.ts'

/** Deeper JSON is not looked at, since whatever follows may recurse. Objects of Kubernetes stay under 40. */
const maxDepth = 512
/** `JSON.parse` does not recurse, but keeps some 50 bytes a level. */
const maxParsedDepth = 16_384
/** The API server's are UUIDs of 36 characters. */
const maxUid = 256

export type Decoded =
  /** A write of a whole object: to be judged. */
  | { readonly type: 'write'; readonly request: ReviewRequest }
  /** DELETE, CONNECT or a subresource: nothing to judge. */
  | { readonly type: 'other'; readonly facts: ReviewFacts }
  /** A review with something wrong in it, and a uid to answer to. */
  | { readonly type: 'malformed'; readonly uid: string; readonly problem: string }
  | { readonly type: 'unreadable'; readonly problem: string }

type Fields = Readonly<Record<string, unknown>>

class Malformed extends Error {}

/** Reads an `admission.k8s.io/v1` AdmissionReview from a raw body. Answers whatever the bytes are, never throws. */
export function decode(body: Buffer): Decoded {
  const depth = jsonDepth(body, maxDepth)
  if (depth > maxParsedDepth) return { type: 'unreadable', problem: `nested deeper than ${maxParsedDepth} levels` }
  const envelope = readEnvelope(body)
  if (typeof envelope === 'string') return { type: 'unreadable', problem: envelope }
  const { uid, request } = envelope
  if (depth > maxDepth) return { type: 'malformed', uid, problem: `nested deeper than ${maxDepth} levels` }
  try {
    return readRequest(uid, request)
  } catch (error) {
    if (error instanceof Malformed) return { type: 'malformed', uid, problem: error.message }
    throw error
  }
}

function readEnvelope(body: Buffer): { uid: string; request: Fields } | string {
  const review = parse(body)
  if (!isObject(review)) return 'not a JSON object'
  if (review['apiVersion'] !== 'admission.k8s.io/v1' || review['kind'] !== 'AdmissionReview')
    return 'not an AdmissionReview of admission.k8s.io/v1'
  const request = review['request']
  if (!isObject(request)) return 'an AdmissionReview without a request'
  const uid = request['uid']
  if (typeof uid !== 'string' || uid === '' || uid.length > maxUid) return 'a request without a usable uid'
  return { uid, request }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function readRequest(uid: string, request: Fields): Decoded {
  const facts = readFacts(uid, request)
  const { operation, subResource } = facts
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || subResource !== '') return { type: 'other', facts }
  const object = readObject(request, 'object')
  if (object === undefined) throw new Malformed(`request.object: expected an object, found none`)
  const oldObject = readObject(request, 'oldObject')
  const fieldManager = text(fields(request, 'options'), 'fieldManager', 'request.options')
  return { type: 'write', request: { ...facts, operation, object, oldObject, fieldManager: fieldManager || undefined } }
}

function readFacts(uid: string, request: Fields): ReviewFacts {
  const kind = fields(request, 'kind')
  return {
    uid,
    operation: readOperation(request['operation']),
    kind: {
      group: text(kind, 'group', 'request.kind'),
      version: text(kind, 'version', 'request.kind'),
      kind: text(kind, 'kind', 'request.kind'),
    },
    subResource: text(request, 'subResource', 'request'),
    namespace: text(request, 'namespace', 'request'),
    name: text(request, 'name', 'request'),
    user: readUser(fields(request, 'userInfo')),
    dryRun: readDryRun(request['dryRun']),
  }
}

function readOperation(value: unknown): ReviewFacts['operation'] {
  if (value === 'CREATE' || value === 'UPDATE' || value === 'DELETE' || value === 'CONNECT') return value
  throw new Malformed(`request.operation: expected CREATE, UPDATE, DELETE or CONNECT, found ${typeName(value)}`)
}

function readDryRun(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  throw new Malformed(`request.dryRun: expected a boolean, found ${typeName(value)}`)
}

function readUser(info: Fields): UserInfo {
  const groups = info['groups'] ?? []
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string'))
    throw new Malformed('request.userInfo.groups: expected a list of strings')
  return { username: text(info, 'username', 'request.userInfo'), groups }
}

/** An object as the API server sends it always names its version and kind and has metadata. */
function readObject(request: Fields, key: 'object' | 'oldObject'): KubeObject | undefined {
  const object = request[key]
  if (object === undefined || object === null) return undefined
  const at = `request.${key}`
  if (!isObject(object)) throw new Malformed(`${at}: expected an object, found ${typeName(object)}`)
  if (text(object, 'apiVersion', at) === '' || text(object, 'kind', at) === '')
    throw new Malformed(`${at}: apiVersion and kind are required`)
  if (!isObject(object['metadata']))
    throw new Malformed(`${at}.metadata: expected an object, found ${typeName(object['metadata'])}`)
  return object as unknown as KubeObject
}

/** A field that holds an object; `{}` where it is absent or null. */
function fields(from: Fields, key: string): Fields {
  const value = from[key] ?? {}
  if (isObject(value)) return value
  throw new Malformed(`request.${key}: expected an object, found ${typeName(value)}`)
}

/** A string field; `''` where it is absent or null. */
function text(from: Fields, key: string, at: string): string {
  const value = from[key] ?? ''
  if (typeof value === 'string') return value
  throw new Malformed(`${at}.${key}: expected a string, found ${typeName(value)}`)
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
