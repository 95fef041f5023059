type ClusterErrorCode =
  | 'EVENKEEL_KUBECONFIG_INVALID'
  | 'EVENKEEL_CLUSTER_UNREACHABLE'
  | 'EVENKEEL_CLUSTER_UNAUTHORIZED'
  | 'EVENKEEL_NODE_UNSUPPORTED'

/**
 * Why nothing could be read of a cluster: no usable kubeconfig or credentials, no answer, an answer of 401, or a Node that
 * is too old for the client library. What is refused for single kinds is no error, see `ClusterSnapshot.unreadable`.
 */
export class ClusterError extends Error {
  readonly code: ClusterErrorCode
  constructor(code: ClusterErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
