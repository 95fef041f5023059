import { buildKustomization } from './build-kustomization.ts'
import type { Render } from './render.ts'
import { renderChart } from './render-chart.ts'

/** What to have rendered by the installed tools. */
export interface RenderOptions {
  readonly helm?: readonly string[]
  /** For every chart. */
  readonly values?: readonly string[]
  readonly kustomize?: readonly string[]
  readonly namespace?: string
}

/** All charts and kustomizations, rendered; one that fails is among the errors. */
export function readRenders({ helm = [], values = [], kustomize = [], namespace }: RenderOptions): Render {
  const renders = [
    ...helm.map((chart) => renderChart(chart, { values, namespace })),
    ...kustomize.map(buildKustomization),
  ]
  return {
    manifests: renders.flatMap(({ manifests }) => manifests),
    errors: renders.flatMap(({ errors }) => errors),
    files: renders.flatMap(({ files }) => files),
    notes: renders.flatMap(({ notes }) => notes),
  }
}
