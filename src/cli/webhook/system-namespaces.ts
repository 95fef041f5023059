/**
 * Namespaces of Kubernetes itself: the webhook keeps out of them, so that a cluster can always repair itself; the audit judges there
 * only what somebody has asked for by name.
 */
export const systemNamespaces: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease']
