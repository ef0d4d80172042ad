import type { Value } from '../documents/compose.js'
import { baseName } from '../documents/index.js'
import type { Path, SourceFile } from '../model.js'

/** What one manifest, or the values of a chart, say about containers. Lines are read, so templates are read too. */
export interface KubernetesUse {
  readonly path: Path
  /** Names of images, without what a template fills in. */
  readonly images: readonly Value[]
  readonly runAsUser: readonly Value[]
  readonly runAsNonRoot: readonly Value[]
  readonly fsGroup: readonly Value[]
  readonly containerPorts: readonly Value[]
  readonly mountPaths: readonly Value[]
  readonly privileged: readonly Value[]
  readonly addedCapabilities: readonly Value[]
}

const FOLDER =
  /(^|\/)(\.?k8s|kube|kubernetes|manifests?|helm|charts?|kustomize|deploy(ments?)?|overlays|base|argo(cd)?|openshift|okd|templates)\//i
const NAME =
  /(deployment|statefulset|daemonset|replicaset|cronjob|job|pod|rollout|k8s|kubernetes|kustomization|manifest|values)/i

/** Whether a path may be a manifest. */
export function mayBeManifest(path: Path): boolean {
  return (
    /\.ya?ml(\.(tpl|tmpl|j2))?$/i.test(path) &&
    !path.startsWith('.github/') &&
    (FOLDER.test(path) || NAME.test(baseName(path)))
  )
}

const WORKLOAD =
  /^[ \t]*kind:[ \t]*["']?(Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|Rollout|Service|DeploymentConfig|PodTemplate)\b/m
const CHART_VALUES = /(^|\/)values[^/]*\.ya?ml$/i
const KUSTOMIZATION = /(^|\/)kustomization\.ya?ml$/i

export function readManifest(file: SourceFile): KubernetesUse | undefined {
  const { path, text } = file
  const names = CHART_VALUES.test(path) ? ['image', 'repository'] : KUSTOMIZATION.test(path) ? ['newName'] : ['image']
  if (
    !(CHART_VALUES.test(path) || KUSTOMIZATION.test(path) || (WORKLOAD.test(text) && /^[ \t]*apiVersion:/m.test(text)))
  )
    return undefined
  const use: KubernetesUse = {
    path,
    images: names.flatMap((key) => valuesOf(file, key)).filter(({ value }) => /^[\w.\-/:@]+$/.test(value)),
    runAsUser: valuesOf(file, 'runAsUser'),
    runAsNonRoot: valuesOf(file, 'runAsNonRoot'),
    fsGroup: valuesOf(file, 'fsGroup'),
    containerPorts: valuesOf(file, 'containerPort'),
    mountPaths: valuesOf(file, 'mountPath'),
    privileged: valuesOf(file, 'privileged').filter(({ value }) => value === 'true'),
    addedCapabilities: capabilitiesIn(file),
  }
  return Object.values(use).some((list) => Array.isArray(list) && list.length > 0) ? use : undefined
}

function valuesOf({ path, text }: SourceFile, key: string): readonly Value[] {
  const lines = text.matchAll(
    new RegExp(`^[ \\t]*(?:-[ \\t]+)?${key}:[ \\t]*(?:"([^"\\n]*)"|'([^'\\n]*)'|([^\\s#][^\\n]*))`, 'gm'),
  )
  return [...lines].map((match) => {
    const start = match.index + match[0].search(/\S/)
    return {
      value: match[1] ?? match[2] ?? (match[3] ?? '').replace(/\s#.*$/, '').trim(),
      at: { path, start, end: match.index + match[0].trimEnd().length },
    }
  })
}

function capabilitiesIn({ path, text }: SourceFile): readonly Value[] {
  const lists = text.matchAll(
    /^[ \t]*add:[ \t]*(?:\[([^\]\n]*)\]|\r?\n((?:[ \t]*-[ \t]*["']?\w+["']?[ \t]*(?:\r?\n|$))+))/gm,
  )
  return [...lists].flatMap(({ 0: whole, 1: inline, 2: block, index }) => {
    const at = { path, start: index + whole.search(/\S/), end: index + whole.trimEnd().length }
    return (inline ?? block ?? '').split(/[\s,"'-]+/).flatMap((value) => (value ? [{ value, at }] : []))
  })
}
