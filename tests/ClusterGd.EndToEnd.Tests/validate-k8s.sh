#!/usr/bin/env bash
# Checks the Kubernetes manifests against the API's own schemas, without a cluster: the npm package kubernetes-models
# carries what is generated from the API's OpenAPI description, as validators (types, required fields, formats) and
# as TypeScript types, whose compiler also refuses fields that do not exist.
#
#   validate-k8s.sh        needs npm and its registry; prints PASS or FAIL, or SKIP with the reason
set -euo pipefail
manifests=$(cd "$(dirname "$0")/../../deploy/k8s" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
command -v npm >/dev/null || { echo "SKIP: npm is not installed"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund kubernetes-models@4 yaml@2 typescript@5 >npm.log 2>&1 \
  || { echo "SKIP: npm cannot install kubernetes-models:"; tail -3 npm.log; exit 0; }
cp "$here/validate-k8s.js" .

check() {   # FOLDER: 0 where all manifests in it are valid
  rm -f ./*.ts
  node validate-k8s.js "$1" \
    && node_modules/.bin/tsc --strict --noEmit --skipLibCheck --module nodenext --target es2022 ./*.ts
}

check "$manifests" || { echo "FAIL: see above"; exit 1; }

# And it can fail. Each line breaks a copy of the manifests in one way: file, what is looked for, what it becomes.
while IFS='|' read -r file from to; do
  rm -rf broken && cp -r "$manifests" broken
  sed -i "s#$from#$to#" "broken/$file"
  cmp -s "$manifests/$file" "broken/$file" && { echo "FAIL: '$from' is not in $file; correct this script"; exit 1; }
  check broken >broken.log 2>&1 && { echo "FAIL: $file with '$to' was taken for valid"; exit 1; }
done <<'BROKEN'
statefulset.yaml|replicas: 3|replicas: three
statefulset.yaml|replicas: 3|replica: 3
service.yaml|port: 4054, |
statefulset.yaml|readOnlyRootFilesystem|readOnlyRootFileSystem
statefulset.yaml|port: health }|port: healthy }
statefulset.yaml|name: cache, mountPath|name: cash, mountPath
statefulset.yaml|component: node }|component: nodes }
service.yaml|component: node }|component: nodes }
disruption-budget.yaml|policy/v1|policy/v2
disruption-budget.yaml|maxUnavailable|maxUnavailible
train-job.yaml|restartPolicy: Never|restartPolicy: Always
train-job.yaml|backoffLimit: 3|backoffLimit: "3"
kustomization.yaml|train-job.yaml|train.yaml
BROKEN

if command -v kubectl >/dev/null; then
  kubectl kustomize "$manifests" >all.yaml || { echo "FAIL: kubectl kustomize refuses the folder"; exit 1; }
  echo "kubectl kustomize gives $(grep -c '^kind:' all.yaml) objects"
fi
echo "PASS"
