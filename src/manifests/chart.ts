import { existsSync } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'

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
  const parts = resolve(path).split(sep)
  for (let depth = 1; depth < parts.length; depth++) {
    const parent = parts.slice(0, depth).join(sep) || sep
    if (isOfChart(parts[depth] ?? '') && isChart(parent)) return isAbsolute(path) ? parent : relative('', parent) || '.'
  }
  return undefined
}
