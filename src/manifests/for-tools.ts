/** Whether what has this apiVersion is for a tool to read, Kustomize or evenkeel, and no object that an API server would know. */
export function isForTools(apiVersion: string): boolean {
  return apiVersion.startsWith('kustomize.config.k8s.io/') || apiVersion.startsWith('evenkeel.dev/')
}
