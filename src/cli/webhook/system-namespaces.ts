/** Namespaces of Kubernetes itself: the webhook keeps out of them, so that a cluster can always repair itself, and so does the audit. */
export const systemNamespaces: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease']
