import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isChart } from '../chart.ts'
import type { InputError, Manifest, Position } from '../manifest.ts'
import { manifestsIn } from '../manifests-in.ts'
import { failed, type Render, traced } from './render.ts'
import { runTool } from './run-tool.ts'
import { lineInTemplate, templateFile, traceHelm } from './trace-helm.ts'

/** Values files in the order in which Helm lays them over each other, and the namespace to install into. */
export interface ChartOptions {
  readonly values: readonly string[]
  readonly namespace?: string | undefined
}

/** `helm template` of the chart in a folder: no repository and no cluster is asked. */
export function renderChart(chart: string, { values, namespace }: ChartOptions): Render {
  if (!isChart(chart)) return failed('is no chart: a folder that holds a Chart.yaml', { file: chart })
  const folder = chart.startsWith('-') ? `./${chart}` : chart
  const release = namespace === undefined ? [] : [`--namespace=${namespace}`]
  const ran = runTool('helm', ['template', folder, ...values.map((file) => `--values=${file}`), ...release])
  if ('isMissing' in ran)
    return failed('helm is not installed, or not on the PATH: a chart takes it to be judged', {
      file: join(chart, 'Chart.yaml'),
    })
  if ('failure' in ran) return failed(`helm template: ${ran.failure}`, placeIn(ran.failure, chart))
  const name = `helm template ${chart}`
  const { manifests, errors } = manifestsIn(ran.stdout, name)
  return {
    manifests: manifests.map((manifest) => traced(manifest, name, positionsOf(manifest, chart))),
    errors: errors.map((error) => inTemplate(error, ran.stdout, chart)),
    files: [],
    notes: [],
  }
}

function positionsOf(manifest: Manifest, chart: string): Manifest['positionOf'] {
  return traceHelm(manifest.object, manifest.source.origin?.file ?? '', chart)
}

/** The place that Helm's message names: `shop/templates/web.yaml:12:24`, or line 3 of a values file. */
function placeIn(message: string, chart: string): Partial<Position> & { readonly file: string } {
  const [, template = '', line, column] = /([^\s:()"]+\/[^\s:()"]+)(?::(\d+))?(?::(\d+))?/.exec(message) ?? []
  const file = templateFile(chart, template)
  if (template !== '' && existsSync(file)) {
    return {
      file,
      ...(line === undefined ? {} : { line: Number(line) }),
      ...(column === undefined ? {} : { column: Number(column) + 1 }),
    }
  }
  const [, values, row] = /failed to parse (\S+): .*\bline (\d+)/.exec(message) ?? []
  return values !== undefined && existsSync(values)
    ? { file: values, line: Number(row), column: 1 }
    : { file: join(chart, 'Chart.yaml') }
}

/** For what is no object: where the rendered line comes from. */
function inTemplate(error: InputError, rendered: string, chart: string): InputError {
  const { code, line } = error
  const place = line === undefined ? undefined : lineInTemplate(rendered, line, chart)
  return {
    code,
    ...(place ?? { file: join(chart, 'Chart.yaml') }),
    message: `${error.message} (line ${line ?? 1} of what helm template prints)`,
  }
}
