import { deepestExisting, dotted, join, segmentsOf } from '../kube/pointer.ts'
import { shortened } from '../kube/shortened.ts'
import type { Finding, ReportedFinding, ReportedFix } from '../model/finding.ts'
import type { JsonPointer } from '../model/object.ts'
import type { EnabledRule } from '../model/policy.ts'
import type { World } from '../model/world.ts'
import { findingVerdict } from './decide.ts'
import { type Exemption } from './exempt.ts'
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

/** The field in dotted form, or as many of its last parts as there is room for: at least one, with its index. */
function fieldWithin(path: JsonPointer, room: number): string {
  const segments = segmentsOf(path)
  const starts = segments.flatMap((segment, at) => (/^[0-9]+$/.test(segment) ? [] : [at]))
  const ends = starts.map((at) => `${at === 0 ? '' : '...'}${dotted(join('', ...segments.slice(at)))}`)
  return ends.find((end) => end.length <= room) ?? ends.at(-1) ?? dotted(path)
}

/** The sentence, the field in dotted form and the rule id, in printable ASCII. Where it is too long, the field loses its beginning, then the sentence its middle. */
export function fullMessage(finding: Finding, rule: string): string {
  const sentence = finding.message.replaceAll(/[^\x20-\x7e]/g, '?')
  const room = maxMessage - ` () [${rule}]`.length
  const end = ` (${fieldWithin(finding.path, room - sentence.length)}) [${rule}]`
  return shortened(sentence, Math.max(40, maxMessage - end.length)) + end
}

function reportedFix(finding: Finding, enabled: EnabledRule, subject: Subject, world: World): ReportedFix | undefined {
  if (finding.fix === undefined || finding.fix.length === 0) return undefined
  const safe = enabled.rule.fix === 'safe' || enabled.rule.fix === 'admission'
  const atAdmission = appliesAtAdmission(finding.fix, enabled, subject, world)
  return { operations: finding.fix, safe, ...(atAdmission ? { atAdmission } : {}) }
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
    message: fullMessage(finding, enabled.rule.id),
    path: deepestExisting(subject.object, finding.path),
    ...(finding.container === undefined ? {} : { container: finding.container }),
    ...(finding.degree === undefined ? {} : { degree: finding.degree }),
    verdict: findingVerdict(enabled, world.now, { exempt: exemption !== undefined, known, waived }),
    ...(known ? { known } : {}),
    ...(exemption ? { exempt: exemption } : {}),
    ...(fix ? { fix } : {}),
  }
}
