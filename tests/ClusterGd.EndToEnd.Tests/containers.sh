#!/usr/bin/env bash
# Builds the image and lets the compose file's cluster train the sample: as it is, with a node that crashes on the way,
# with nodes that come and go. The first must end with the published hash, the others, which train for longer to be
# caught on the way, with the hash that one node comes to. Starts from nothing and leaves nothing.
#
#   containers.sh          needs podman and podman-compose; prints PASS or FAIL and the hash, or SKIP with the reason
#
# Base images must be at hand or fetchable. Where packages come from a registry of one's own, the user's NuGet
# configuration, packages and certificates are mounted into the build; nothing of them gets into the image.
set -euo pipefail
cd "$(dirname "$0")/../.."
published=$(sed -n 's/.*model sha256: \([0-9a-f]\{64\}\).*/\1/p' README.md | head -1)
project=clustergd-trial
patience=300   # seconds for a training; a quiet machine needs ten

for tool in podman podman-compose; do
  command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed"; exit 0; }
done
work=$(mktemp -d)
file=docker-compose.yml
compose() { podman-compose -p "$project" -f "$file" -f "$work/override.yml" "$@" >>"$work/log" 2>&1; }
nodes() {      # COUNT: podman-compose knows no --scale; this is what it stands for
  printf 'services: { node: { deploy: { replicas: %s } } }\n' "$1" >"$work/override.yml"
}
longer=training.epochs=1200
fail() {
  echo "FAIL: $*"
  tail -n 10 "$work/log"
  for name in $(podman ps -a --filter "label=io.podman.compose.project=$project" --format '{{.Names}}'); do
    echo "--- $name"
    podman logs --tail 20 "$name" 2>&1
  done
  exit 1
}
clean() {
  nodes 4
  compose down -v || true
  podman ps -aq --filter "label=io.podman.compose.project=$project" | xargs -r podman rm -f -v >/dev/null 2>&1 || true
  podman volume rm -f "${project}_runs" >/dev/null 2>&1 || true
}
trap 'clean; rm -rf "$work"' EXIT

container() { echo "${project}_$1"; }
wait_until() { # SECONDS SENTENCE COMMAND...: until the command succeeds
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >>"$work/log" 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain: $what"
    sleep 0.2
  done
}
is_ready() { podman exec "$(container "$1")" /app/clustergd health http://127.0.0.1:8080/ready; }
is_running() { [ "$(podman inspect -f '{{.State.Status}}' "$(container train_1)")" = running ]; }
has_ended() { ! is_running; }
has_begun() { podman logs "$(container train_1)" 2>&1 | grep -q "^epoch " || has_ended; }
crash() {      # like a crash of the node itself; 'podman kill' would count as a wish to stop it
  kill -s KILL "$(podman inspect -f '{{.State.Pid}}' "$(container "$1")")"
}

trial() {      # NAME HASH DISTURBANCE: three nodes train, disturbed after the first epoch's line
  local name=$1 expected=$2 disturbance=$3
  clean
  nodes 3
  compose up -d || fail "$name: podman-compose up"
  wait_until "$patience" "$name: the first epoch" has_begun
  "$disturbance"
  wait_until "$patience" "$name: the end of the training" has_ended
  podman logs "$(container train_1)" >"$work/train" 2>&1
  local code hash
  code=$(podman inspect -f '{{.State.ExitCode}}' "$(container train_1)")
  hash=$(sed -n 's/^model sha256: //p' "$work/train")
  cat "$work/train" >>"$work/log"
  [ "$code" = 0 ] || fail "$name: train ended with $code"
  [ "$hash" = "$expected" ] || fail "$name: the hash is '$hash', expected is $expected"
  echo "$name: $hash"
}

undisturbed() { for n in 1 2 3; do wait_until 60 "node $n is ready" is_ready "node_$n"; done; }
one_crashes() {
  crash node_2
  is_running || fail "the training was over before the node crashed"
  wait_until 120 "the crashed node joins anew" is_ready node_2
}
one_joins_one_leaves() {
  nodes 4
  compose up -d || fail "podman-compose up with four nodes"
  wait_until 60 "the fourth node is ready" is_ready node_4
  is_running || fail "the training was over before the node had joined"
  podman stop -t 30 "$(container node_1)" >>"$work/log" 2>&1
  local code
  code=$(podman inspect -f '{{.State.ExitCode}}' "$(container node_1)")
  [ "$code" = 0 ] || fail "a node that was asked to leave ended with $code"
}

mounts=()
for mount in "$HOME/.nuget/NuGet:/root/.nuget/NuGet:ro" "$HOME/.nuget/packages:/root/.nuget/packages" \
  /etc/ssl/certs:/etc/ssl/certs:ro; do
  [ -e "${mount%%:*}" ] && mounts+=(-v "$mount")
done
podman build --isolation chroot --network host --format docker "${mounts[@]}" -t clustergd -f deploy/Dockerfile . \
  >"$work/log" 2>&1 || fail "podman build"
trial "three nodes" "$published" undisturbed
alone=$(podman run --rm --network none --read-only --tmpfs /tmp clustergd \
  train /samples/a9a/job.yaml --set "$longer" --quiet --run-dir alone 2>>"$work/log" \
  | sed -n 's/^model sha256: //p') || fail "training alone"
echo "one node, $longer: $alone"
file=$work/longer.yml
sed "s|\"node:4053\"\]|\"node:4053\", --set, $longer]|" docker-compose.yml >"$file"
grep -q "$longer" "$file" || fail "the command of 'train' in docker-compose.yml is not where it was"
trial "a node crashes" "$alone" one_crashes
trial "a node joins, another leaves" "$alone" one_joins_one_leaves
echo "PASS"
