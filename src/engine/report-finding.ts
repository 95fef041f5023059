import { deepestExisting, dotted, join, segmentsOf } from '../kube/pointer.ts'
import type { Finding, ReportedFinding, ReportedFix } from '../model/finding.ts'
import type { JsonPointer } from '../model/object.ts'
import type { EnabledRule } from '../model/policy.ts'
import type { World } from '../model/world.ts'
import { shortened } from '../plain/shortened.ts'
import { findingVerdict } from './decide.ts'
import { type Exemption } from './exempt.ts'
import { fixClasses } from './fix-class.ts'
import { appliesAtAdmission } from './fixable.ts'
import type { Subject } from './subject.ts'

/** Longest message, in characters: a line of kubectl or of a pull request. */
const maxMessage = 159

/** What is known around a finding. */
export interface Circumstances {
  readonly known: boolean
  readonly waived: boolean
  readonly exemption: Exemption | undefined
}

/** The last parts of a field for which there is room, in dotted form: at least one, with its index. */
function fieldEnd(path: JsonPointer, room: number): string {
  const segments = segmentsOf(path)
  const starts = segments.flatMap((segment, at) => (at === 0 || /^[0-9]+$/.test(segment) ? [] : [at]))
  const ends = starts.map((at) => `...${dotted(join('', ...segments.slice(at)))}`)
  return ends.find((end) => end.length <= room) ?? ends.at(-1) ?? dotted(path)
}

function inAscii(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?')
}

/** How a message begins that is about containers: `container web: `, `containers web, side: `. Names have 63 characters at most (DNS labels). */
export function aboutContainers(...containers: readonly (string | undefined)[]): string {
  const names = [...new Set(containers)].flatMap((name) => (name === undefined ? [] : inAscii(name).slice(0, 63)))
  return names.length === 0 ? '' : `container${names.length === 1 ? '' : 's'} ${names.join(', ')}: `
}

/** What a finding says. Where the message is too long, the field loses its beginning, then the sentence its middle. */
export function told(
  { message, path, container }: Finding,
  rule: string,
): Pick<ReportedFinding, 'message' | 'sentence' | 'field' | 'container'> {
  const start = aboutContainers(container)
  const sentence = inAscii(message)
  const field = dotted(path)
  const room = maxMessage - `${start}${sentence} () [${rule}]`.length
  const end = ` (${field.length <= room ? field : fieldEnd(path, room)}) [${rule}]`
  const most = Math.max(20, Math.max(40, maxMessage - end.length) - start.length)
  return {
    message: start + shortened(sentence, most) + end,
    sentence,
    field: container === undefined ? field : field.replace(/(?<=ontainers\[)\d+(?=\])/, () => container),
    ...(container === undefined ? {} : { container }),
  }
}

function reportedFix(finding: Finding, enabled: EnabledRule, subject: Subject, world: World): ReportedFix | undefined {
  if (finding.fix === undefined || finding.fix.length === 0) return undefined
  const atAdmission = appliesAtAdmission(finding.fix, enabled, subject, world)
  return {
    operations: finding.fix,
    safe: fixClasses[enabled.rule.fix].byDefault,
    ...(atAdmission ? { atAdmission } : {}),
  }
}

/** A rule's finding as reports show it, with what it means for the object. */
export function reportFinding(
  finding: Finding,
  enabled: EnabledRule,
  { subject, world }: { readonly subject: Subject; readonly world: World },
  { known, waived, exemption }: Circumstances,
): ReportedFinding {
  const fix = reportedFix(finding, enabled, subject, world)
  return {
    ...told(finding, enabled.rule.id),
    path: deepestExisting(subject.object, finding.path),
    ...(finding.degree === undefined ? {} : { degree: finding.degree }),
    verdict: findingVerdict(enabled, world.now, { exempt: exemption !== undefined, known, waived }),
    ...(known ? { known } : {}),
    ...(exemption ? { exempt: exemption } : {}),
    ...(fix ? { fix } : {}),
  }
}
