import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type FormatName, formatNames } from '../../src/report/format.ts'
import { evenkeel } from './evenkeel.ts'

/** A place that an output names; the column, and the one after the region, where the format has them. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column?: number | undefined
  readonly endColumn?: number | undefined
}

/** What the tests read of `-o json`. */
export interface Report {
  readonly objects: readonly {
    readonly object: { readonly kind: string; readonly name: string }
    readonly source: { readonly file: string; readonly origin?: { readonly file: string }; readonly rendered?: string }
    readonly results: readonly {
      readonly rule: string
      readonly findings?: readonly { readonly path: string; readonly position: Place }[]
    }[]
  }[]
  readonly errors: readonly (Partial<Place> & { readonly code: string; readonly message: string })[]
  readonly summary: { readonly unrendered?: number }
}

interface Sarif {
  readonly runs: readonly {
    readonly results: readonly {
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string }
          readonly region: { readonly startLine: number; readonly startColumn: number; readonly endColumn: number }
        }
      }[]
    }[]
  }[]
}

type Gitlab = readonly { readonly location: { readonly path: string; readonly lines: { readonly begin: number } } }[]

function links(text: string, pattern: RegExp): Place[] {
  return [...text.matchAll(pattern)].map(({ groups }) => {
    const { file = '', line, column, end } = groups ?? {}
    return {
      file,
      line: Number(line),
      column: column === undefined ? undefined : Number(column),
      endColumn: end === undefined ? undefined : Number(end),
    }
  })
}

/** All findings of `-o json`, with their rules and places. */
export function found(stdout: string) {
  return (JSON.parse(stdout) as Report).objects.flatMap(({ results }) =>
    results.flatMap(({ rule, findings = [] }) => findings.map(({ position, path }) => ({ rule, path, ...position }))),
  )
}

function sarifPlaces(stdout: string): Place[] {
  const results = (JSON.parse(stdout) as Sarif).runs.flatMap((run) => run.results)
  return results.flatMap(({ locations }) =>
    locations.map(({ physicalLocation: { artifactLocation, region } }) => ({
      file: decodeURIComponent(artifactLocation.uri),
      line: region.startLine,
      column: region.startColumn,
      endColumn: region.endColumn,
    })),
  )
}

/** How the places that findings name are read from each output. */
export const placesIn: Readonly<Record<FormatName, (stdout: string) => Place[]>> = {
  text: (stdout) => links(stdout, /(?<file>\S+):(?<line>\d+):(?<column>\d+) /g),
  json: (stdout) => found(stdout),
  sarif: sarifPlaces,
  junit: (stdout) => links(stdout, /(?<file>[\w./-]+):(?<line>\d+):(?<column>\d+) /g),
  // Annotations, and lines of the log for what GitHub would drop.
  github: (stdout) => [
    ...links(stdout, /^::\w+ file=(?<file>[^,]+),line=(?<line>\d+),.*?col=(?<column>\d+),endColumn=(?<end>\d+)/gm),
    ...links(stdout, /^- \w+ (?<file>\S+):(?<line>\d+):(?<column>\d+) /gm),
  ],
  gitlab: (stdout) =>
    (JSON.parse(stdout) as Gitlab).map(({ location }) => ({ file: location.path, line: location.lines.begin })),
  markdown: (stdout) => links(stdout, /<code>(?<file>[^<:\s]+):(?<line>\d+)<\/code>/g),
}

/** What one run prints in every format there is; the files with it are made in the directory. */
export async function checkInAllFormats(
  args: readonly string[],
  directory: string,
  options: Parameters<typeof evenkeel>[1],
): Promise<Readonly<Record<FormatName, string>>> {
  const outputs = formatNames.flatMap((format) => ['-o', `${format}=${join(directory, format)}`])
  const { code, stderr } = await evenkeel(['check', ...args, ...outputs], options)
  if (code !== 1) throw new Error(`exit code ${code}: ${stderr}`)
  const texts = formatNames.map((format) => [format, readFileSync(join(directory, format), 'utf8')] as const)
  return Object.fromEntries(texts) as Record<FormatName, string>
}
