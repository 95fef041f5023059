import { type ContainerChoice, chosenContainers, containersParam } from '../kube/container-choice.ts'
import { join } from '../kube/pointer.ts'
import { probeNames } from '../kube/probe.ts'
import { suggestion } from '../kube/suggest.ts'
import type { Finding, Fix } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PlacedContainer, Workload } from '../model/workload.ts'
import { contradictions } from '../rollout/probe-contradictions.ts'
import { type Deviation, deviations, repairable } from '../rollout/probe-deviations.ts'
import { profileKeyParam, profilesParam } from '../rollout/probe-params.ts'
import { type ChosenProfile, chosenProfile, type ProbeProfiles, type ProfileKey } from '../rollout/probe-profile.ts'
import { deadlineWith } from '../rollout/progress-deadline.ts'

type Wrote = RuleContext<Params>['wrote']

interface Params {
  readonly containers: ContainerChoice
  readonly profiles: ProbeProfiles
  readonly select: ProfileKey
}

function contradictionFindings({ container, at }: PlacedContainer): Finding[] {
  return contradictions(container).map(({ message, place }) => ({
    message: `container ${container.name}: ${message}`,
    path: join(at, ...place),
    container: container.name,
  }))
}

/** Findings of a profile, by what is done about them. */
interface ProfileFindings {
  /** Each with a fix of its own, in a field that nobody wrote. */
  readonly alone: readonly Finding[]
  /** With one fix for all that the profile asks of the container, if there is one: half of it could contradict the other half. */
  readonly together: readonly Finding[]
}

function profileFindings(
  { container, at }: PlacedContainer,
  { name, profile }: ChosenProfile,
  wrote: Wrote,
): ProfileFindings {
  const all = deviations(container, profile ?? {})
  const open = all.filter(({ probe, fix }) => fix && !wrote(join(at, probe, fix.field)))
  const alone = new Set(repairable(container, open))
  const operationsOf = ({ probe, fix }: Deviation): Fix =>
    fix ? [{ op: 'add', path: join(at, probe, fix.field), value: fix.value }] : []
  const whole = repairable(container, all).flatMap(operationsOf)
  const findingOf = (deviation: Deviation): Finding => {
    const { probe, field, found, needed } = deviation
    const place = join(at, probe)
    const asFound = `${found}${open.includes(deviation) ? ' by default' : ''}`
    const message = `container ${container.name}: ${asFound}; profile ${name} needs ${needed}`
    const finding = { message, path: field ? join(place, field) : place, container: container.name }
    const fix = alone.has(deviation) ? operationsOf(deviation) : whole
    return deviation.fix && fix.length > 0 ? { ...finding, fix } : finding
  }
  return {
    alone: all.filter((deviation) => alone.has(deviation)).map(findingOf),
    together: all.filter((deviation) => !alone.has(deviation)).map(findingOf),
  }
}

/** A longer start may need a later deadline: every fix brings the one that all of them need. */
function withDeadline(findings: readonly Finding[], workload: Workload): Finding[] {
  const deadline = deadlineWith(
    findings.flatMap(({ fix }) => fix ?? []),
    workload,
  )
  return findings.map((finding) => (finding.fix ? { ...finding, fix: [...deadline, ...finding.fix] } : finding))
}

/** The later deadline, of those who do more, comes last. */
function deadlined(found: readonly ProfileFindings[], workload: Workload): Finding[] {
  const alone = found.flatMap((one) => one.alone)
  const together = found.flatMap((one) => one.together)
  return [...withDeadline(alone, workload), ...withDeadline(together, workload)]
}

function unknownProfile({ name, at = '' }: ChosenProfile, profiles: ProbeProfiles): Finding {
  const known = Object.keys(profiles)
  const hint = suggestion(name, known) || `; known: ${known.join(', ')}`
  return { message: `there is no probe profile "${name}"${hint}`, path: at }
}

/** Without profiles in the policy nothing is known of their names. */
function check(workload: Workload, { params, view, wrote }: RuleContext<Params>): CheckResult {
  const containers = chosenContainers(workload, params.containers, view)
  if ('skip' in containers) return containers
  const hasProfiles = Object.keys(params.profiles).length > 0
  const chosen = hasProfiles ? chosenProfile(workload, params.profiles, params.select) : undefined
  const unknown = chosen && !chosen.profile ? [unknownProfile(chosen, params.profiles)] : []
  const probed = containers.filter(({ container }) => probeNames.some((name) => container[name]))
  if (probed.length === 0 && unknown.length === 0) return { skip: 'no container has a probe' }
  const byProfile = chosen ? probed.map((placed) => profileFindings(placed, chosen, wrote)) : []
  return [...unknown, ...probed.flatMap(contradictionFindings), ...deadlined(byProfile, workload)]
}

export const limitProbeTiming: WorkloadRule<Params> = {
  id: 'limit-probe-timing',
  title: 'Probes give a process the time it needs, and no more',
  why: 'Probes that are too quick restart a service that is only busy, and kill a slow start before it can succeed, again and again; probes that are too slow keep sending traffic to a dead pod. Numbers agreed on for each sort of service end the guessing.',
  remedy:
    'Set the probe to the numbers of its profile, or choose another profile by the annotation evenkeel.dev/profile.',
  category: 'health',
  severity: 'medium',
  judges: 'workload',
  affectedBy: ['Service'],
  needs: [],
  uses: ['Service'],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { containers: containersParam, profiles: profilesParam, select: profileKeyParam },
  },
  presets: { strict: 'warn', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'safe',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow'],
  alike: {},
  check,
}
