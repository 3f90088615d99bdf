#!/bin/bash
# tests/stress.sh [ROUNDS]: the Core, Data and Cluster tests on a machine that is busy with eight other programs
# (stress-ng, of Debian), then as the compiler makes them when it is told to do otherwise than usual. Says how many
# passed and failed in each round, and exits with 1 if any failed. E2E=1 adds the end-to-end tests.
cd "$(dirname "$0")/.." || exit 1
rounds=${1:-10}
projects="Core Data Cluster${E2E:+ EndToEnd}"
logs=$(mktemp -d)
failed=0

run() { # run NAME [VARIABLE=VALUE]
    for project in $projects; do
        log="$logs/$1-$project.log"
        env ${2:+"$2"} dotnet test "tests/ClusterGd.$project.Tests" -c Release --no-build > "$log" 2>&1 || failed=1
        counts=$(grep -oE "(Passed|Failed)!.*Total: +[0-9]+" "$log" || echo "no result: $log")
        echo "$1, $project: $counts"
        grep -E "^ *Failed [A-Z]" "$log"
    done
}

for project in $projects; do
    dotnet build "tests/ClusterGd.$project.Tests" -c Release -v q -clp:NoSummary || exit 1
done
command -v stress-ng > /dev/null || { echo "stress-ng is not installed: apt-get install stress-ng"; exit 1; }
# In a session of its own it gets half of the cores, where the kernel shares them between sessions.
setsid stress-ng --quiet --cpu 8 & stress=$!
trap 'kill $stress 2> /dev/null' EXIT
for round in $(seq "$rounds"); do run "busy-$round"; done
kill $stress
for variable in DOTNET_TieredCompilation DOTNET_TC_QuickJitForLoops DOTNET_ReadyToRun; do
    for round in $(seq $((rounds < 3 ? rounds : 3))); do run "$variable=0-$round" "$variable=0"; done
done
echo "logs: $logs"
exit $failed
