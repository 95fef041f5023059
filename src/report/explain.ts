import { kindsJudgedBy } from '../engine/subject.ts'
import { kindOf } from '../kube/group-kind.ts'
import type { GroupKind } from '../model/object.ts'
import type { FixClass, Rule } from '../model/rule.ts'
import { explainParams } from './explain-params.ts'
import type { ReportedRule } from './format.ts'

/** A fixture of the rule, and what the rule says of it. */
export interface Example {
  readonly text: string
  readonly messages: readonly string[]
}

export interface Examples {
  readonly fails: Example
  readonly passes: Example
}

const whoFixes: Readonly<Record<FixClass, string>> = {
  safe: "The webhook does it by itself where nobody chose otherwise (`fix: absent`, as in the presets), and over an author's choice only with `fix: override`. `evenkeel fix` proposes it for files.",
  admission:
    "The webhook does it by itself where nobody chose otherwise (`fix: absent`, as in the presets), and over an author's choice only with `fix: override`. Nothing is proposed for files: only a request tells what changes.",
  'opt-in':
    'The webhook does it only where a policy says `fix: absent` or `fix: override`, which no preset does. `evenkeel fix` proposes it for files.',
  offer: '`evenkeel fix` proposes it for files; the webhook never does it by itself.',
  none: 'It takes what only the author knows: nothing does it for you.',
}

/** `Deployment, StatefulSet and Rollout`; groups are left out, as in kubectl's output. */
function kindsText(kinds: readonly GroupKind[]): string {
  const names = kinds.map(kindOf)
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

function scopeText(rule: Rule): string {
  const { judges, needs, uses, affectedBy } = rule
  const judged = `Judges: ${kindsText(kindsJudgedBy(rule))}.`
  const optional = uses.filter((kind) => !needs.includes(kind))
  return [
    judged,
    ...(needs.length > 0 ? [`Skipped unless it can see every ${kindsText(needs)} of the namespace.`] : []),
    ...(optional.length > 0 ? [`Looks at these when they are known: ${kindsText(optional)}.`] : []),
    ...(judges !== 'workload' && affectedBy.length > 0
      ? [`A write to one of these is told what it newly breaks here: ${kindsText(affectedBy)}.`]
      : []),
  ].join('\n')
}

function presetsText({ presets }: Rule): string {
  const { strict, production, staging, development } = presets
  return `- \`strict\`: ${strict}\n- \`recommended\`: production ${production}, staging ${staging}, development ${development}`
}

function elsewhereText({ demandedBy, alike }: Rule): string {
  const tools = Object.entries(alike).map(
    ([tool, checks]) => `- ${tool}: ${checks.map((id) => `\`${id}\``).join(', ')}`,
  )
  const packs = demandedBy.map((pack) => `\`${pack}\``).join(', ')
  return [
    demandedBy.length === 0
      ? 'No policy pack asks for it.'
      : `Asked for by the documents behind these policy packs: ${packs}.`,
    ...(tools.length === 0
      ? ['No check of the other tools we know comes near.']
      : ['Checks of other tools that ask for the same or a part of it:', '', ...tools]),
  ].join('\n')
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

/** All there is to say of a rule: Markdown that reads well in a terminal, too. */
export function explainRule(rule: Rule, { fails, passes }: Examples): string {
  const exemption = `exempt.evenkeel.dev/${rule.id}: "until=YYYY-MM-DD reason=WHY"`
  return `# ${rule.id}

${rule.title}.

Severity: ${rule.severity}. Category: ${rule.category}.
${scopeText(rule)}

## Why
${rule.why}

## What to do
${rule.remedy}

${whoFixes[rule.fix]}

## Params
${explainParams(rule)}

## Presets
${presetsText(rule)}

## Elsewhere
${elsewhereText(rule)}

## Exemption
On the object judged, with an end and a reason: the finding stays in reports and is no longer refused.

    metadata:
      annotations:
        ${exemption}

## Example: fails
${block('yaml', fails.text)}

${block('text', fails.messages.join('\n'))}

## Example: passes
${block('yaml', passes.text)}
`
}

/** The same of the rule by which the engine judges exemptions. */
export function explainOwnRule({ id, title, severity, category, why, remedy, fix }: ReportedRule): string {
  return `# ${id}

${title}.

Severity: ${severity}. Category: ${category}.
Judges: the annotations \`exempt.evenkeel.dev/RULE\` of every object that a rule judges.

## Why
${why}

## What to do
${remedy}

    metadata:
      annotations:
        exempt.evenkeel.dev/RULE: "until=YYYY-MM-DD reason=WHY"

${whoFixes[fix]}

## Policies
It belongs to the engine: it always warns and never refuses, no policy can configure it or leave it out, and nothing can be exempt from it.
What a policy says of exemptions is \`spec.exemptions\`: \`locked\` names the rules that have none, \`maxDays\` how far ahead they may end.
`
}
