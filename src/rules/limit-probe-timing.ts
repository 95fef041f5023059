import { join } from '../kube/pointer.ts'
import { probeNames } from '../kube/probe.ts'
import type { Finding } from '../model/finding.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { PlacedContainer, Workload } from '../model/workload.ts'
import { suggestion } from '../plain/suggest.ts'
import { type ContainerChoice, chosenContainers, containersParam } from '../rollout/container-choice.ts'
import { contradictions } from '../rollout/probe-contradictions.ts'
import { type Repair, repairs } from '../rollout/probe-deviations.ts'
import { profileKeyParam, profilesParam } from '../rollout/probe-params.ts'
import { type ChosenProfile, chosenProfile, type ProbeProfiles, type ProfileKey } from '../rollout/probe-profile.ts'
import { profileFaults } from '../rollout/profile-faults.ts'
import { withDeadline } from '../rollout/progress-deadline.ts'

interface Params {
  readonly containers: ContainerChoice
  readonly profiles: ProbeProfiles
  readonly select: ProfileKey
}

function contradictionFindings({ container, at }: PlacedContainer): Finding[] {
  return contradictions(container).map(({ message, place }) => ({
    message,
    path: join(at, ...place),
    container: container.name,
  }))
}

function repairFinding({ container, at }: PlacedContainer, profile: string, repair: Repair): Finding {
  const { probe, field, found, needed, isDefault } = repair
  const place = join(at, probe)
  const message = `${found}${isDefault ? ' by default' : ''}; profile ${profile} needs ${needed}`
  return { message, path: field ? join(place, field) : place, container: container.name }
}

/** The later deadline, of those who do more, comes last. */
function profileFindings(
  probed: readonly PlacedContainer[],
  { name, profile }: ChosenProfile,
  workload: Workload,
  wrote: RuleContext<Params>['wrote'],
): Finding[] {
  const found = probed.flatMap((placed) => {
    const { container, at } = placed
    const all = repairs(container, profile ?? {}, (probe, field) => wrote(join(at, probe, field)))
    return all.map((repair) => ({
      isAlone: repair.isAlone,
      finding: repairFinding(placed, name, repair),
      fix: repair.changes.map(({ probe, field, value }) => ({
        op: 'add' as const,
        path: join(at, probe, field),
        value,
      })),
    }))
  })
  return [true, false].flatMap((isAlone) => {
    const group = found.filter((one) => one.isAlone === isAlone)
    const fixes = withDeadline(
      group.map(({ fix }) => fix),
      workload,
    )
    return group.map(({ finding }, i) => (fixes[i]?.length ? { ...finding, fix: fixes[i] } : finding))
  })
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
  const byProfile = chosen ? profileFindings(probed, chosen, workload, wrote) : []
  return [...unknown, ...probed.flatMap(contradictionFindings), ...byProfile]
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
  paramFaults: ({ profiles }) => profileFaults(profiles).map((fault) => ({ ...fault, path: `/profiles${fault.path}` })),
  presets: { strict: 'warn', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'safe',
  about: 'limit',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow'],
  alike: {},
  check,
}
