import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { viewOf } from '../kube/view-of.ts'
import type { KubeObject } from '../model/object.ts'
import type { PresetColumn, Rule } from '../model/rule.ts'
import type { World } from '../model/world.ts'
import { enable } from '../policy/enable.ts'
import { presetFile } from '../policy/presets.ts'

/** A whole application as its team would put it into production: a fixture of every rule. */
export interface HealthyApplication {
  readonly file: string
  readonly text: string
  readonly objects: readonly KubeObject[]
}

/** The files of `healthy/` beside the fixtures of the rules. */
export function healthyApplications(fixtures: string): HealthyApplication[] {
  const folder = join(fixtures, 'healthy')
  return readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return { file, text, objects: loadAll(text) as KubeObject[] }
  })
}

/** Nothing exists but the application, and a preset judges it as its files show it. */
export function healthyWorld(objects: readonly KubeObject[], column: PresetColumn, rules: readonly Rule[]): World {
  const policies = [enable(presetFile(column), rules)]
  const view = viewOf(objects, { everything: true })
  return { policies, view, now: Date.parse('2026-11-01T00:00:00Z'), defaulted: false }
}
