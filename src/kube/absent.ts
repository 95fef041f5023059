/** What an absent field means in every kind that has it: apps/v1 SetDefaults_*, core/v1 SetDefaults_PodSpec; Argo Rollouts, utils/defaults. */
export const absent = {
  revisionHistoryLimit: 10,
  progressDeadlineSeconds: 600,
  terminationGracePeriodSeconds: 30,
} as const
