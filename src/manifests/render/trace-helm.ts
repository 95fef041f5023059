import { join } from 'node:path'
import type { KubeObject } from '../../model/object.ts'
import type { Manifest, Position } from '../manifest.ts'
import { readFile } from '../read-text.ts'
import { placeInTemplate } from './place-in-template.ts'

const MARK = '# Source: '

/** A template's file in the chart's folder; Helm's name for it begins with the chart's name. */
export function templateFile(chart: string, origin: string): string {
  return join(chart, origin.slice(origin.indexOf('/') + 1))
}

/**
 * Where an object's fields are written in its template. A dependency that is packed has no file: then it is the line of Chart.yaml that
 * asks for it.
 */
export function traceHelm(object: KubeObject, origin: string, chart: string): Manifest['positionOf'] {
  const file = templateFile(chart, origin)
  const read = readFile(file)
  if ('error' in read) return () => dependencyPosition(chart, origin)
  return (pointer) => ({ file, ...placeInTemplate(read.text, object, pointer) })
}

function dependencyPosition(chart: string, origin: string): Position {
  const file = join(chart, 'Chart.yaml')
  const name = /\/charts\/([^/]+)\//.exec(origin)?.[1]
  const index = linesOf(file).findIndex((line) => /^[\s-]*(?:name|alias):\s*["']?([^\s"']+)/.exec(line)?.[1] === name)
  return { file, line: Math.max(index, 0) + 1, column: 1 }
}

/** Where a rendered line comes from: the template's line that reads the same, if it has one such line, else its first. */
export function lineInTemplate(rendered: string, line: number, chart: string): Omit<Position, 'column'> | undefined {
  const lines = rendered.split('\n')
  const origin = lines.slice(0, line).findLast((text) => text.startsWith(MARK))
  if (origin === undefined) return undefined
  const file = templateFile(chart, origin.slice(MARK.length).trim())
  const [first = 1, ...others] = linesOf(file).flatMap((text, i) =>
    text.trim() === lines[line - 1]?.trim() ? [i + 1] : [],
  )
  return { file, line: others.length === 0 ? first : 1 }
}

function linesOf(file: string): string[] {
  const read = readFile(file)
  return 'text' in read ? read.text.split('\n') : []
}
