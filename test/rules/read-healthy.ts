import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { viewOf } from '../../src/kube/view-of.ts'
import type { KubeObject } from '../../src/model/object.ts'
import type { PresetColumn } from '../../src/model/rule.ts'
import type { World } from '../../src/model/world.ts'
import { enable } from '../../src/policy/enable.ts'
import { presetFile } from '../../src/policy/presets.ts'
import { rules } from '../../src/rules/index.ts'
import { fixturesRoot, healthyFolder, titleOf } from './read-fixture.ts'

/** A whole application as its team would put it into production: a fixture of every rule. */
export interface HealthyApplication {
  readonly file: string
  /** The comment on top. */
  readonly title: string
  readonly objects: readonly KubeObject[]
}

/** The files of `healthy/`. */
export function healthyApplications(): HealthyApplication[] {
  const folder = join(fixturesRoot, healthyFolder)
  return readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    return { file, title: titleOf(text), objects: loadAll(text) as KubeObject[] }
  })
}

/** Nothing exists but the application, and a preset judges it as its files show it. */
export function healthyWorld(objects: readonly KubeObject[], column: PresetColumn): World {
  const policies = [enable(presetFile(column), rules)]
  return {
    policies,
    view: viewOf(objects, { everything: true }),
    now: Date.parse('2026-11-01T00:00:00Z'),
    defaulted: false,
  }
}
