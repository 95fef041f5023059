import { join } from 'node:path'
import type { JsonPointer } from '../../model/object.ts'
import type { Manifest, Position } from '../manifest.ts'
import { readFile } from '../read-text.ts'
import { placeInTemplate } from './place-in-template.ts'

/** The template that Helm names in front of what it made of it: `# Source: CHART/templates/web.yaml`. */
export function helmOrigin(text: string): string | undefined {
  return /^\s*(?:---[^\n]*\n\s*)?# Source: (.*\S)/.exec(text)?.[1]
}

/** The template's file: Helm names it by the chart's name, not by the folder's. */
export function templateFile(chart: string, origin: string): string {
  return join(chart, origin.slice(origin.indexOf('/') + 1))
}

/**
 * Where an object's fields are written in its template. A dependency that is packed has no file: then it is the line of Chart.yaml that
 * asks for it.
 */
export function traceHelm({ object }: Manifest, origin: string, chart: string): Manifest['positionOf'] {
  const file = templateFile(chart, origin)
  const read = readFile(file)
  if ('error' in read) return () => dependencyPosition(chart, origin)
  return (pointer: JsonPointer): Position => ({ file, ...placeInTemplate(read.text, object, pointer) })
}

function dependencyPosition(chart: string, origin: string): Position {
  const file = join(chart, 'Chart.yaml')
  const read = readFile(file)
  const name = /\/charts\/([^/]+)\//.exec(origin)?.[1] ?? ''
  const lines = 'text' in read ? read.text.split('\n') : []
  const index = lines.findIndex((line) => /^\s*-?\s*(?:name|alias):\s*["']?([^\s"']+)/.exec(line)?.[1] === name)
  return { file, line: Math.max(index, 0) + 1, column: 1 }
}

/** Where a line of rendered text comes from, for what is wrong before there is an object: the same line where there is only one. */
export function lineInTemplate(rendered: string, line: number, chart: string): Omit<Position, 'column'> | undefined {
  const lines = rendered.split('\n')
  const origin = lines.slice(0, line).findLast((text) => text.startsWith('# Source: '))?.slice('# Source: '.length).trim()
  if (origin === undefined) return undefined
  const file = templateFile(chart, origin)
  const read = readFile(file)
  const found = 'text' in read ? read.text.split('\n').flatMap((text, i) => (text.trim() === lines[line - 1]?.trim() ? [i + 1] : [])) : []
  return { file, line: (found.length === 1 ? found[0] : undefined) ?? 1 }
}
