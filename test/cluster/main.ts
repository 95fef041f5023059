import { dirname } from 'node:path'
import { startControlPlane } from './control-plane.ts'

// `main.ts [NODES]`: a control plane in the foreground. Ctrl-C needs no handler: it ends with this process.
const { kubeconfig, binaries } = await startControlPlane({ nodes: Number(process.argv[2] ?? 3) })
process.stdout.write(`export KUBECONFIG=${kubeconfig}\nexport PATH=${dirname(binaries.kubectl)}:$PATH\n`)
