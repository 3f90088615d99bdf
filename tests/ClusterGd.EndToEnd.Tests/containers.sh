#!/usr/bin/env bash
# Tries what deploy/ and docker-compose.yml say, in real containers: builds the image; lets the compose file's cluster
# train the sample as it is, scaled, with a node killed, crashed, stopped or added on the way, and with rows that only
# the client has; validates the Kubernetes manifests and runs what they run. Each training must end with the published
# hash, or, where it goes on for longer to be caught on the way, with the hash that 'clustergd train' alone comes to.
#
#   containers.sh                  some ten minutes on two cores
#   containers.sh --image NAME     tries an image that is there, builds none
#
# Needs podman and podman-compose; SKIP and the reason where they are not there. Prints PASS or FAIL for each step, and
# at the end for all. Leaves nothing behind, however it ends, but an image that it was given.
#
# Base images must be at hand or fetchable. Where packages come from a registry of one's own, the user's NuGet
# configuration, packages and certificates are mounted into the build; nothing of them gets into the image.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
project=clustergd-trial
label=com.docker.compose.project=$project
image=localhost/$project
isGiven=false
if [ "${1:-}" = --image ] && [ $# -eq 2 ]; then image=$2 isGiven=true
elif [ $# -gt 0 ]; then sed -n '2,12p' "$0"; exit 2; fi
published=$(sed -n 's/.*model sha256: \([0-9a-f]\{64\}\).*/\1/p' README.md | head -1)
longer=training.epochs=3000
patience=420   # seconds for a training; a quiet machine needs ten

for tool in podman podman-compose; do
  command -v "$tool" >/dev/null || { echo "SKIP: $tool is not installed"; exit 0; }
done
for python in python3 /usr/bin/python3; do "$python" -c 'import yaml' 2>/dev/null && break; done

# --- steps, and what is left of them ---------------------------------------------------------------------------------

work=$(mktemp -d)
running= steps=0 failures=0

step() {       # NAME FUNCTION [ARGUMENT...]: runs it in a group of processes of its own
  local name=$1 begin=$SECONDS code=0
  shift
  steps=$((steps + 1))
  : >"$work/log" >"$work/detail"
  set -m
  ( set -e; "$@" ) &
  running=$!
  set +m
  wait "$running" || code=$?
  running=
  if [ "$code" = 0 ]; then
    echo "PASS  $name ($((SECONDS - begin)) s): $(cat "$work/detail")"
  else
    failures=$((failures + 1))
    echo "FAIL  $name ($((SECONDS - begin)) s): $(cat "$work/detail")"
    tail -n 15 "$work/log" | sed 's/^/      | /'
    for id in $(podman ps -aq --filter "label=$label"); do
      echo "      --- $(podman inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}}' "$id")"
      podman logs --tail 15 "$id" 2>&1 | sed 's/^/      | /'
    done
  fi
  remove
  return "$code"
}
detail() { echo "$*" >"$work/detail"; }
fail() { detail "$*"; exit 1; }
remove() {
  podman ps -aq --filter "label=$label" | xargs -r podman rm -f -v -t 0
  podman volume ls -q --filter "label=$label" | xargs -r podman volume rm -f
  podman network ls -q --filter "label=$label" | xargs -r podman network rm -f
} >/dev/null 2>&1
clean() {
  [ -z "$running" ] || kill -- "-$running" 2>/dev/null || true
  remove || true
  "$isGiven" || podman rmi -f "$image" >/dev/null 2>&1 || true
  rm -rf "$work" 2>/dev/null || podman unshare rm -rf "$work"   # containers' users have written there
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP PIPE
wait_until() { # SECONDS SENTENCE COMMAND...: until the command succeeds
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >>"$work/log" 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain: $what"
    sleep 0.2
  done
}

# --- the compose file's containers ------------------------------------------------------------------------------------

use() {        # the compose file as it is, but for the name of the image
  printf 'services: { node: { image: %s }, train: { image: %s } }\n' "$image" "$image" >"$work/override.yml"
  file=docker-compose.yml
}
change() {     # FROM TO: by hand, as old and new podman-compose merge two files' commands in two ways
  sed "s|$1|$2|" docker-compose.yml >"$work/changed.yml"
  ! cmp -s docker-compose.yml "$work/changed.yml" || fail "'$1' is not in docker-compose.yml; correct this script"
  file=$work/changed.yml
}
compose() { podman-compose -p "$project" -f "$file" -f "$work/override.yml" "$@" >>"$work/log" 2>&1; }
containers() { # SERVICE [NUMBER]: their ids
  podman ps -aq --filter "label=$label" --filter "label=com.docker.compose.service=$1" \
    ${2:+--filter "label=com.docker.compose.container-number=$2"}
}
state() { podman inspect -f "{{.State.$2}}" "$1"; }
is_ready() { podman exec "$(containers node "$1")" /app/clustergd health http://127.0.0.1:8080/ready; }
is_training() { [ "$(state "$(containers train)" Status)" = running ]; }
is_over() {    # CONTAINER: and not for a moment only, to be started again
  [ "$(state "$1" Status)" = exited ] && sleep 2 && [ "$(state "$1" Status)" = exited ]
}
has_ended() { is_over "$(containers train)"; }
has_begun() { podman logs "$(containers train)" 2>&1 | grep -q "^epoch " || has_ended; }
all_ready() {  # COUNT
  local n
  for n in $(seq "$1"); do wait_until 90 "node $n is ready" is_ready "$n"; done
}
scale() {      # COUNT: as the README says; a podman-compose before 1.2 takes --scale and does not heed it
  compose up -d --scale "node=$1" || fail "podman-compose up --scale node=$1"
  if [ "$(containers node | wc -l)" = "$1" ]; then echo "by --scale" >"$work/scaled"; return; fi
  echo "by deploy.replicas, as this podman-compose does not heed --scale" >"$work/scaled"
  sed -i "s|node: {|& deploy: { replicas: $1 },|" "$work/override.yml"
  compose up -d || fail "podman-compose up with $1 replicas"
  [ "$(containers node | wc -l)" = "$1" ] || fail "there are $(containers node | wc -l) nodes in place of $1"
}
check_hash() { # CONTAINER EXPECTED [REMARK]: once the training has ended, be it at a second attempt
  wait_until "$patience" "the end of the training" is_over "$1"
  podman logs "$1" >"$work/train" 2>&1
  cat "$work/train" >>"$work/log"
  local code hash restarts
  code=$(state "$1" ExitCode)
  hash=$(sed -n 's/^model sha256: //p' "$work/train" | tail -n 1)
  restarts=$(podman inspect -f '{{.RestartCount}}' "$1")
  [ "$code" = 0 ] || fail "train ended with $code"
  [ "$hash" = "$2" ] || fail "the hash is '$hash', expected is $2"
  [ "$restarts" = 0 ] || set -- "$1" "$2" "${3:+$3, }lost the cluster $restarts times"
  detail "$hash${3:+, $3}"
}
begin_longer() {
  use
  change '"node:4053"\]' "\"node:4053\", --set, $longer]"
  compose up -d || fail "podman-compose up"
  all_ready 3
  wait_until "$patience" "the first epoch" has_begun
  is_training || fail "the training was over before anything was done to it"
}

# --- the steps --------------------------------------------------------------------------------------------------------

build() {
  local mounts=() mount
  for mount in "$HOME/.nuget/NuGet:/root/.nuget/NuGet:ro" "$HOME/.nuget/packages:/root/.nuget/packages" \
    /etc/ssl/certs:/etc/ssl/certs:ro; do
    [ ! -e "${mount%%:*}" ] || mounts+=(-v "$mount")
  done
  # Without layers nothing is kept that the end would have to find; docker's format, as the other has no health check.
  podman build --isolation chroot --network host --format docker --layers=false --force-rm "${mounts[@]}" \
    -t "$image" -f deploy/Dockerfile . >"$work/log" 2>&1 || fail "podman build"
  detail "$(podman image inspect -f 'user {{.User}}, {{.Config.Entrypoint}} {{.Config.Cmd}}' "$image")"
}

up() {
  local attached
  use
  podman-compose -p "$project" -f "$file" -f "$work/override.yml" up >"$work/attached" 2>&1 &
  attached=$!
  wait_until 60 "three nodes and a training" eval '[ -n "$(containers node 3)" ] && [ -n "$(containers train)" ]'
  check_hash "$(containers train)" "$published" "three nodes"
  # Old versions do not show what a container says that was started again.
  grep -q "model sha256: $published" "$work/attached" || grep -q "lost the cluster" "$work/detail" \
    || fail "the hash is not in the output of 'podman-compose up'"
  compose down || fail "podman-compose down"
  wait "$attached" || true
  [ -z "$(podman ps -aq --filter "label=$label")" ] || fail "podman-compose down has left containers"
}

health() {     # each path of each node, from within and by the image's health check; refused where there is no node
  local n path answers=""
  begin_longer
  for n in 1 2 3; do
    for path in alive ready training; do
      podman exec "$(containers node "$n")" /app/clustergd health "http://127.0.0.1:8080/$path" >"$work/answer" 2>&1 \
        || fail "node $n, /$path: $(cat "$work/answer")"
      [ "$n" -gt 1 ] || answers+=" /$path $(cat "$work/answer")"
    done
    wait_until 30 "the image's health check of node $n" podman healthcheck run "$(containers node "$n")"
  done
  if podman exec "$(containers node 1)" /app/clustergd health http://127.0.0.1:8081/ready >>"$work/log" 2>&1; then
    fail "'clustergd health' is content with a port where nobody listens"
  fi
  detail "${answers# }"
}

scaled() {
  use
  scale 4
  all_ready 4
  check_hash "$(containers train)" "$published" "four nodes $(cat "$work/scaled")"
}

alone() {
  podman run --rm --network none --read-only --tmpfs /tmp --workdir /tmp --label "$label" --no-healthcheck "$image" \
    train /samples/a9a/job.yaml --set "$longer" --quiet --run-dir alone >"$work/alone.out" 2>>"$work/log" \
    || fail "train: $(tail -n 1 "$work/log")"
  sed -n 's/^model sha256: //p' "$work/alone.out" >"$work/alone"
  detail "$(cat "$work/alone") with $longer"
}

killed() {     # a wish of whoever stops it, so that it stays away
  begin_longer
  podman kill -s KILL "$(containers node 2)" >>"$work/log" 2>&1 || fail "podman kill"
  is_training || fail "the training was over before the node was killed"
  check_hash "$(containers train)" "$(cat "$work/alone")" "node 2 $(state "$(containers node 2)" Status) with $(
    state "$(containers node 2)" ExitCode)"
}

crashed() {    # a crash of the node itself, which 'restart' heals
  local pid
  begin_longer
  pid=$(state "$(containers node 2)" Pid)
  # From within its own processes, where the engine runs elsewhere, it could not be done: the first ignores signals.
  kill -s KILL "$pid" || fail "kill"
  is_training || fail "the training was over before the node crashed"
  wait_until 120 "the crashed node runs anew" eval '[ "$(state "$(containers node 2)" Pid)" -gt 0 ]'
  wait_until 120 "the crashed node joins anew" is_ready 2
  [ "$(state "$(containers node 2)" Pid)" != "$pid" ] || fail "the node has not crashed"
  check_hash "$(containers train)" "$(cat "$work/alone")" "node 2 is back"
}

stopped() {
  local begin code
  begin_longer
  begin=$SECONDS
  podman stop -t 45 "$(containers node 1)" >>"$work/log" 2>&1 || fail "podman stop"
  code=$(state "$(containers node 1)" ExitCode)
  podman logs "$(containers node 1)" >"$work/stopped" 2>&1
  [ "$code" = 0 ] || fail "a node that was asked to leave ended with $code"
  grep -q "^has left" "$work/stopped" || fail "a node that was asked to leave says: $(tail -n 1 "$work/stopped")"
  check_hash "$(containers train)" "$(cat "$work/alone")" "node 1 has left after $((SECONDS - begin)) s"
}

joined() {
  begin_longer
  scale 4
  wait_until 90 "the fourth node is ready" is_ready 4
  is_training || fail "the training was over before the node had joined"
  check_hash "$(containers train)" "$(cat "$work/alone")" "a fourth node $(cat "$work/scaled")"
}

cached() {     # rows that no node has are sent, and kept in the volume by a user who is not root
  use
  change '/samples/a9a/job.yaml' /mine/job.yaml
  sed -i "s|volumes: \[\"runs:|volumes: [\"$PWD/deploy/samples/a9a:/mine:ro\", \"runs:|" "$file"
  compose up -d || fail "podman-compose up"
  check_hash "$(containers train)" "$published"
  local volume shards
  volume=$(podman volume ls -q --filter "label=$label" | grep cache)
  shards=$(podman volume export "$volume" | tar tv --numeric-owner | grep -Ec ' 1654/[0-9]+ .*/train-[0-7]of8.rows$')
  [ "$shards" = 8 ] || fail "$shards of 8 shards are in the cache"
  detail "$(cat "$work/detail"), 8 of 8 shards in the cache"
}

# --- the Kubernetes manifests -----------------------------------------------------------------------------------------

schemas() {
  "$here/validate-k8s.sh" >"$work/log" 2>&1 || fail "validate-k8s.sh"
  detail "$(paste -s -d ';' "$work/log")"
}
manifest() { "$python" "$here/k8s-as-podman.py" "$1" "deploy/k8s/$2.yaml" "${@:3}"; }
job=$project-clustergd-train-a9a
run_pod() {    # MANIFEST [ORDINAL]
  local arguments
  mapfile -t arguments < <(manifest pod "$1" "$work/pods" "${@:2}")
  [ "${#arguments[@]}" -gt 0 ] || fail "k8s-as-podman.py"
  arguments=("${arguments[@]/#IMAGE/$image}")
  echo "podman run ${arguments[*]}" >>"$work/log"
  podman run -d --no-healthcheck --label "$label" --network "$project" "${arguments[@]}" >>"$work/log" 2>&1 \
    || fail "podman run ${arguments[*]}"
}
probe() {      # PORT PATH of node ORDINAL, asked from another container
  podman run --rm --label "$label" --no-healthcheck --network "$project" "$image" \
    health "http://clustergd-$3.clustergd:$1$2"
}
kubernetes() {
  local n count kind port path answers="" code
  podman network create --label "$label" "$project" >>"$work/log" 2>&1 || fail "podman network create"
  count=$(manifest replicas statefulset)
  for n in $(seq 0 $((count - 1))); do run_pod statefulset "$n"; done
  run_pod train-job
  manifest probes statefulset >"$work/probes"
  for n in $(seq 0 $((count - 1))); do
    while read -r kind port path; do
      wait_until 90 "$kind of pod $n" probe "$port" "$path" "$n" </dev/null
      [ "$n" -gt 0 ] || answers+=" $kind $path 200,"
    done <"$work/probes"
  done
  check_hash "$job" "$published" "$count pods:$answers"
  for n in $(seq 0 $((count - 1))); do
    podman stop "$project-clustergd-$n" >>"$work/log" 2>&1
    code=$(state "$project-clustergd-$n" ExitCode)
    [ "$code" = 0 ] || fail "pod $n, asked to leave, ended with $code"
  done
  detail "$(cat "$work/detail") all left with 0"
}

remove || true
"$isGiven" || step "podman build" build || { echo "FAIL: without an image there is nothing to try"; exit 1; }
step "up trains the sample" up || true
step "health" health || true
step "up --scale node=4" scaled || true
step "the manifests fit the API's schemas" schemas || true
step "the manifests' pods, job and probes" kubernetes || true
step "rows that only the client has" cached || true
step "one node alone" alone || { echo "FAIL: without its hash the longer trainings show nothing"; exit 1; }
step "a node is killed (podman kill -s KILL)" killed || true
step "a node crashes and is restarted" crashed || true
step "a node is stopped (SIGTERM)" stopped || true
step "a node joins" joined || true
[ "$failures" = 0 ] || { echo "FAIL: $failures of $steps steps"; exit 1; }
echo "PASS: all $steps steps"
