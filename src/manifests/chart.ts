import { existsSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { foldersTo } from '../paths/shared-path.ts'

/** Folders of a chart that only Helm reads (and `ci`, where chart-testing looks for values). */
const FOLDERS = new Set(['templates', 'charts', 'crds', 'ci'])

/** Whether what a chart's folder holds under that name is a part of the chart, and no manifest before Helm renders it. */
export function isOfChart(name: string): boolean {
  return FOLDERS.has(name) || name === 'Chart.yaml' || /^values.*\.(?:ya?ml|json)$/.test(name)
}

export function isChart(directory: string): boolean {
  return existsSync(join(directory, 'Chart.yaml'))
}

/** The outermost chart that a file or folder is a part of, named as the path is: relative or absolute. */
export function chartAround(path: string): string | undefined {
  const part = foldersTo(resolve(path)).find((one) => isOfChart(basename(one)) && isChart(dirname(one)))
  if (part === undefined) return undefined
  return isAbsolute(path) ? dirname(part) : relative('', dirname(part)) || '.'
}
