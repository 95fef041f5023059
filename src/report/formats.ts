import type { Format, FormatName } from './format.ts'
import { toGithub } from './github.ts'
import { toGitlab } from './gitlab.ts'
import { toJson } from './json.ts'
import { toJunit } from './junit.ts'
import { toMarkdown } from './markdown.ts'
import { toSarif } from './sarif.ts'

/** All outputs but the one for terminals, which needs no loading. */
export const formats: Readonly<Record<Exclude<FormatName, 'text'>, Format>> = {
  json: toJson,
  sarif: toSarif,
  junit: toJunit,
  github: toGithub,
  gitlab: toGitlab,
  markdown: toMarkdown,
}
