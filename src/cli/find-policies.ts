import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readDocuments } from '../manifests/parse-yaml.ts'
import { isNamedAsYaml, readFile } from '../manifests/read-text.ts'
import type { Policy } from '../model/policy.ts'
import { suggestion } from '../plain/suggest.ts'
import { enable } from '../policy/enable.ts'
import { loadPolicies, type PolicyDocument, type PolicyError } from '../policy/load.ts'
import { environments, isEnvironment } from '../policy/policy-file.ts'
import { presetFile } from '../policy/presets.ts'
import { rules } from '../rules/index.ts'
import { isUsageError, UsageError } from './exit-code.ts'
import type { PolicyOptions } from './option-groups.ts'

export interface ReadPolicies {
  readonly policies: readonly Policy[]
  /** What is odd about them though they are valid, for people. */
  readonly warnings: readonly string[]
}

export interface FoundPolicies extends ReadPolicies {
  /** What they were read from, for messages: files, or a preset. */
  readonly from: string
  /** The files and directories among them. */
  readonly files: readonly string[]
}

const fileNames = ['evenkeel.yaml', '.evenkeel.yaml']

function presetPolicy(text: string): Policy {
  const [name = '', environment = 'production'] = text.split(':')
  const known = ['strict', ...environments.map((mode) => `recommended:${mode}`)]
  if (name === 'strict' && !text.includes(':')) return enable(presetFile('strict'), rules)
  if (name === 'recommended' && isEnvironment(environment)) return enable(presetFile(environment), rules)
  throw new UsageError(`there is no preset "${text}"${suggestion(text, known)}; known are ${known.join(', ')}`)
}

function invalid(complaint: string | readonly string[]): UsageError {
  return new UsageError(complaint, 'EVENKEEL_POLICY_INVALID')
}

function nearestFile(from: string): string | undefined {
  const here = fileNames.map((name) => join(from, name)).find((path) => existsSync(path))
  const parent = dirname(from)
  return here ?? (parent === from ? undefined : nearestFile(parent))
}

/** What is read as policies in a directory; pipes and devices are passed over: nobody is at their other end. */
export function policyFilesIn(directory: string): string[] {
  const isReadable = (file: string) => {
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats === undefined || stats.isFile() || stats.isDirectory()
  }
  const files = readdirSync(directory).filter(isNamedAsYaml)
  return files
    .sort()
    .map((name) => join(directory, name))
    .filter(isReadable)
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const files = policyFilesIn(path)
  if (files.length === 0) throw invalid(`${path}: holds no policy (*.yaml, *.yml, *.json)`)
  return files
}

function documentsIn(path: string): { documents: PolicyDocument[]; complaints: string[] } {
  const read = readFile(path)
  if ('error' in read) return { documents: [], complaints: [`${path}: ${read.error.message}`] }
  const { documents, errors } = readDocuments(read.text, path)
  const complaints = errors.map(({ message, line, column }) => `${path}:${line ?? 1}:${column ?? 1}: ${message}`)
  if (documents.length === 0 && errors.length === 0) complaints.push(`${path}: holds no policy`)
  return { documents: documents.map((document) => ({ ...document, file: path })), complaints }
}

function locatedText({ file, line, column, message }: PolicyError): string {
  return `${file}:${line}:${column}: ${message}`
}

/** Reads and enables policy files; anything wrong with one of them refuses them all, each fault on a line of its own. */
export async function readPolicyFiles(paths: readonly string[]): Promise<ReadPolicies> {
  const read = eachOnce(paths.flatMap(filesOrComplaint)).map(documentsIn)
  // A large part, and not needed where a preset is named.
  const { validators } = await import('../policy/policy-file.generated.ts')
  const { policies, errors, warnings } = loadPolicies(
    read.flatMap(({ documents }) => documents),
    { rules, validate: validators().policy },
  )
  const complaints = [...read.flatMap((file) => file.complaints), ...errors.map(locatedText)]
  if (complaints.length > 0) throw invalid(complaints)
  return { policies, warnings: warnings.map(locatedText) }
}

/** A file may be named twice, also by its directory or a link; one that cannot be read has its complaint elsewhere. */
function eachOnce(files: readonly string[]): string[] {
  const real = (file: string) => (existsSync(file) ? realpathSync(file) : file)
  const taken = new Set<string>()
  return files.filter((file) => taken.size < taken.add(real(file)).size)
}

function filesOrComplaint(path: string): string[] {
  try {
    return filesIn(path)
  } catch (error) {
    if (isUsageError(error)) throw error
    throw invalid(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
}

/** The policies a command works by: those asked for, else the nearest policy file upward, else the preset `recommended`. */
export async function findPolicies({ policy = [], preset }: PolicyOptions, directory: string): Promise<FoundPolicies> {
  const named = preset === undefined ? [] : [presetPolicy(preset)]
  if (policy.length + named.length > 0) {
    const from = [...policy, ...(preset === undefined ? [] : [`preset ${preset}`])].join(', ')
    const { policies, warnings } = policy.length > 0 ? await readPolicyFiles(policy) : { policies: [], warnings: [] }
    return { policies: [...policies, ...named], warnings, from, files: policy }
  }
  const nearest = nearestFile(directory)
  if (nearest !== undefined) return { ...(await readPolicyFiles([nearest])), from: nearest, files: [nearest] }
  return {
    policies: [presetPolicy('recommended')],
    warnings: [],
    from: 'preset recommended:production (no evenkeel.yaml found)',
    files: [],
  }
}
