import { artifactPath } from '../paths/shared-path.ts'
import type { CheckReport, ReportError } from './check-report.ts'
import type { Setting } from './format.ts'
import { type ReportedLine, reportedLines } from './reported-line.ts'
import { isAccepted } from './severity.ts'

/** GitLab's words, worst first: blocker, critical, major, minor, info. */
const severities = { critical: 'blocker', high: 'critical', medium: 'major', low: 'minor', info: 'info' } as const

interface Issue {
  readonly description: string
  readonly check_name: string
  readonly fingerprint: string
  readonly severity: (typeof severities)[keyof typeof severities]
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } }
}

/** Objects of a cluster have no file: GitLab gets their names in its place. */
function ofLine({ rule, message, severity, verdict, place, fingerprint, judged }: ReportedLine): Issue {
  const { kind, namespace = '', name } = judged.evaluation.object
  return {
    description: message,
    check_name: rule,
    fingerprint,
    severity: verdict === 'admit' ? 'info' : severities[severity],
    location: { path: place?.path ?? `${namespace}/${kind}/${name}`, lines: { begin: place?.line ?? 1 } },
  }
}

function ofError({ code, message, file = '', line = 1 }: ReportError, root: string): Issue {
  const { path } = artifactPath(file, root)
  const fingerprint = `${code} ${path} ${line} ${message}`
  return {
    description: message,
    check_name: code,
    fingerprint,
    severity: 'blocker',
    location: { path, lines: { begin: line } },
  }
}

/** GitLab's code quality report (docs.gitlab.com/ci/testing/code_quality); what is exempt or in a baseline is left out. */
export function* toGitlab(report: CheckReport, setting: Setting): Generator<string> {
  let separator = '[\n'
  const next = (issue: Issue): string => {
    const text = separator + JSON.stringify(issue)
    separator = ',\n'
    return text
  }
  for (const error of report.errors) yield next(ofError(error, setting.root))
  for (const line of reportedLines(report, setting)) if (!isAccepted(line)) yield next(ofLine(line))
  yield separator === '[\n' ? '[]\n' : '\n]\n'
}
