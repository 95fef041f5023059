import { isObject } from '../kube/is-object.ts'
import { join } from '../kube/pointer.ts'
import type { Json, JsonObject, JsonPointer } from '../model/object.ts'

/** What is wrong with an object, and where in it. */
export interface Complaint {
  readonly message: string
  readonly at: JsonPointer
}

/** The first thing that keeps a document from being an object of the API (apimachinery, TypeMeta and ObjectMeta); the rest is not looked at. */
export function complaintAbout(value: Json): Complaint | undefined {
  if (!isObject(value)) return mustBe('an object of the API', 'a map', value, '')
  if (isThere(value['items'])) return mustBe('items', 'a list', value['items'], '/items')
  return (
    stringComplaint(value, '/apiVersion') ?? stringComplaint(value, '/kind') ?? metadataComplaint(value['metadata'])
  )
}

function stringComplaint(object: JsonObject, at: JsonPointer): Complaint | undefined {
  const value = object[at.slice(1)]
  if (!isThere(value)) return { message: `${at.slice(1)} is missing`, at }
  return typeof value === 'string' ? undefined : mustBe(at.slice(1), 'a string', value, at)
}

function metadataComplaint(metadata: Json | undefined): Complaint | undefined {
  if (!isThere(metadata)) return { message: 'metadata is missing', at: '/metadata' }
  if (!isObject(metadata)) return mustBe('metadata', 'a map', metadata, '/metadata')
  for (const field of ['name', 'generateName', 'namespace']) {
    const value = metadata[field]
    if (isThere(value) && typeof value !== 'string')
      return mustBe(`metadata.${field}`, 'a string', value, `/metadata/${field}`)
  }
  const complaint = mapComplaint(metadata, 'labels') ?? mapComplaint(metadata, 'annotations')
  if (complaint !== undefined || isThere(metadata['name']) || isThere(metadata['generateName'])) return complaint
  return { message: 'metadata.name is missing', at: '/metadata/name' }
}

function mapComplaint(metadata: JsonObject, field: string): Complaint | undefined {
  const value = metadata[field]
  const at = join('/metadata', field)
  if (!isThere(value)) return undefined
  if (!isObject(value)) return mustBe(`metadata.${field}`, 'a map', value, at)
  // The API server takes null for an empty string here.
  const wrong = Object.entries(value).find(([, text]) => text !== null && typeof text !== 'string')
  return wrong && mustBe(`metadata.${field}[${JSON.stringify(wrong[0])}]`, 'a string', wrong[1], join(at, wrong[0]))
}

/** What the API server takes for absent. */
function isThere(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null && value !== ''
}

function mustBe(what: string, wanted: string, value: Json, at: JsonPointer): Complaint {
  if (isObject(value)) return { message: `${what} must be ${wanted}, not a map`, at }
  if (Array.isArray(value)) return { message: `${what} must be ${wanted}, not a list`, at }
  const remedy = wanted === 'a string' ? ': quote it' : ''
  return { message: `${what} must be ${wanted}, not ${JSON.stringify(value).slice(0, 40)}${remedy}`, at }
}
