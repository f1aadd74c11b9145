#!/bin/sh
# Replaces the workers and APIs of docker-compose.two-of-each.yml by those of another build, while people work. docs/deploys.md says
# what to look at meanwhile. Every step may be given again: what is done already stays so.
#
#   deploy/deploy.sh 2026-12-01     builds it, asks the gate, starts its workers beside the others, gives them 10 % of the runs, then 50,
#                                   then all, with a look after each; then its APIs take the place of the others, one by one
#   deploy/deploy.sh rollback       all runs and calls go back to the build before, whose workers still run: from the build that gets a
#                                   part, else from the current one; or from the one that is named, and to a second that is named
#   deploy/deploy.sh finish         stops the workers of all builds but the current one: from then on going back is a deploy
#   deploy/deploy.sh status
#
# STEPS ("10 50"), PAUSE (120): percentages, and seconds before each look. BUILD=no: the image is there already, from a registry say.
# LOOK=no: nobody looks, for a build that mends what does not go well. SETTLE (12): seconds until the balancer has learned of new APIs. The file .env keeps which build it is, as WORKER_BUILD_ID.
set -eu
cd "$(dirname "$0")/.."

env_file=${ENV_FILE:-.env}

compose() {
    docker compose --env-file "$env_file" --file deploy/docker-compose.two-of-each.yml "$@"
}

# python -m deployment, of the build that WORKER_BUILD_ID names
deployment() {
    compose run --rm --no-deps deployment "$@"
}

say() {
    echo "── $*"
}

refuse() {
    echo "$*" >&2
    exit 1
}

# The name under which Compose knows these containers: a drill beside them has another one, from the environment or from its .env
find_project() {
    configuration=$(compose config)
    project=$(echo "$configuration" | sed -n 's/^name: *//p' | tr -d "\"'")
    [ -n "$project" ] || refuse "docker compose config says no name; nothing was changed"
}

# Containers of a service, a line each: id, state, build. Workers without a build have an empty one, or no such label at all
containers() {
    docker ps --all --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" \
        --filter "label=com.docker.compose.oneoff=False" --format '{{.ID}} {{.State}} {{.Label "purchase-approval.build"}}'
}

running_of_this_build() {
    all=$(containers "$1")
    echo "$all" | awk -v build="$WORKER_BUILD_ID" '$2 == "running" && $3 "" == build "" { print $1 }'
}

# Of one state, if a second argument says so
of_other_builds() {
    all=$(containers "$1")
    echo "$all" | awk -v build="$WORKER_BUILD_ID" -v state="${2:-}" '
        NF && $3 "" != build "" && (state == "" || $2 == state) { print $1 }'
}

count() {
    grep -c . || true
}

stop() {
    docker stop "$1" >/dev/null
    docker rm "$1" >/dev/null
}

# Starts as many containers of this build as there are of the other, which stay as they are, and waits until all of them are well
start_beside() {
    # Compose counts what has stopped too, and would start it again instead of one of this build.
    stopped=$(of_other_builds "$1" exited && of_other_builds "$1" created)
    for container in $stopped; do
        docker rm "$container" >/dev/null
    done
    others=$(of_other_builds "$1")
    others=$(echo "$others" | count)
    own=$(running_of_this_build "$1")
    own=$(echo "$own" | count)
    if [ "$own" -lt "$others" ] || [ "$((own + others))" -eq 0 ]; then
        wanted=$((others > 0 ? others : 2))
        say "$1: $wanted of build ${WORKER_BUILD_ID:-(none)} beside $others of another"
        compose up --detach --no-deps --no-recreate --wait --scale "$1=$((others + wanted))" "$1"
    else
        say "$1: $own of build ${WORKER_BUILD_ID:-(none)} run already"
    fi
}

# One after the other: each is given the time to drain, and ends by itself
stop_others() {
    others=$(of_other_builds "$1")
    for container in $others; do
        say "$1: $container stops"
        stop "$container"
    done
}

# A build stands beside one other: as many of each of three would be more than the balancer has places for, and more at each deploy
refuse_a_third_build() {
    all=$(containers worker && containers notices && containers api)
    others=$(echo "$all" | awk -v build="$WORKER_BUILD_ID" '
        $2 == "running" && $3 "" != build "" { print ($3 == "" ? "(none)" : $3) }' | sort -u)
    [ "$(echo "$others" | count)" -le 1 ] || refuse "Containers of several other builds run: $(echo $others). \
Stop those that get nothing: deploy/deploy.sh finish. Nothing was changed."
}

replace_apis() {
    start_beside api
    others=$(of_other_builds api)
    if [ -n "$others" ]; then
        sleep "${SETTLE:-12}"
        stop_others api
    fi
}

remember() {
    touch "$env_file"
    rest=$(grep -v '^WORKER_BUILD_ID=' "$env_file" || true)
    (umask 077 && printf '%s\nWORKER_BUILD_ID=%s\n' "$rest" "$WORKER_BUILD_ID" >"$env_file.new")
    mv "$env_file.new" "$env_file"
}

remembered() {
    sed -n 's/^WORKER_BUILD_ID=//p' "$env_file" | tail -n 1
}

# Asks the engine which build is current, and which one gets a part, if any: its answer, and not .env, is what is so
ask_engine() {
    table=$(deployment status)
    current=$(echo "$table" | awk 'NR > 2 && $2 == "current" { print $1 }')
    ramping=$(echo "$table" | awk 'NR > 2 && $2 == "ramping" { print $1 }')
    [ -n "$current" ] || refuse "The engine names no current build; nothing was changed: $table"
}

# As WORKER_BUILD_ID has it
id_of() {
    [ "$1" = unversioned ] || echo "$1"
}

# Waits, looks, and takes back what the build was given if it does not go well
look() {
    sleep "${PAUSE:-120}"
    if [ "${LOOK:-yes}" = yes ] && ! deployment look; then
        say "it does not go well: what $WORKER_BUILD_ID gets is taken back"
        deployment rollback
        refuse "$WORKER_BUILD_ID gets nothing any more. Its workers stay, to be looked at."
    fi
}

deploy() {
    export WORKER_BUILD_ID="$1"
    refuse_a_third_build
    if [ "${LOOK:-yes}" = yes ]; then
        # Else the first look would blame this build for it. The build before looks: no image of this one is there yet.
        (WORKER_BUILD_ID=$(remembered) && deployment look) || refuse "It does not go well already. If this build mends it, deploy it with LOOK=no. Nothing was changed."
    fi
    gate="the gate: recorded histories, and those of runs that are on their way"
    if [ "${BUILD:-yes}" = yes ]; then
        # The gate is asked in an image that nothing is started from: what it refuses takes the place of no image under an id.
        (WORKER_BUILD_ID=unchecked && compose build migrate)
        say "$gate"
        (WORKER_BUILD_ID=unchecked && compose run --rm --no-deps --env "WORKER_BUILD_ID=$1" deployment check)
        docker tag purchase-approval:unchecked "purchase-approval:$WORKER_BUILD_ID"
    else
        say "$gate"
        deployment check
    fi
    say "the schema, which suits the code of before too"
    compose run --rm --no-deps migrate
    start_beside worker
    start_beside notices
    for percentage in ${STEPS-10 50}; do
        say "$percentage % of the runs"
        deployment ramp "$percentage"
        look
    done
    say "all runs"
    deployment promote
    look
    replace_apis
    remember
    say "done. Workers of the build before run on, so that deploy/deploy.sh rollback takes a moment; deploy/deploy.sh finish stops them"
}

roll_back() {
    WORKER_BUILD_ID=$(remembered)
    export WORKER_BUILD_ID
    ask_engine
    others=$(of_other_builds api running)
    # Runs were given back, and .env says so, but not all calls were: what is left is done, instead of going back once more.
    if [ -z "$ramping" ] && [ "$(id_of "$current")" = "$WORKER_BUILD_ID" ] && [ -n "$others" ] && [ "${1:-}" != "$current" ]; then
        say "$current has all runs already"
    else
        was="$current $ramping"
        deployment rollback --build "${1:-${ramping:-$current}}" ${2:+--to "$2"}
        ask_engine
        [ "$current $ramping" != "$was" ] || refuse "Nothing was rolled back: $current is current. Which build is meant may be said: \
deploy/deploy.sh rollback BUILD TO"
        WORKER_BUILD_ID=$(id_of "$current")
        remember
    fi
    start_beside worker
    start_beside notices
    if [ -z "$WORKER_BUILD_ID" ]; then
        # The engine takes runs that workers have in memory from one build for another, but not for workers without one.
        stop_others worker
        stop_others notices
    fi
    replace_apis
    say "build ${WORKER_BUILD_ID:-(none)} has all runs and calls again. Workers of the other one run on, with nothing to do; deploy/deploy.sh finish stops them"
}

finish() {
    WORKER_BUILD_ID=$(remembered)
    export WORKER_BUILD_ID
    ask_engine
    [ -z "$ramping" ] || refuse "$ramping gets a part of the runs: deploy it to the end, or roll it back. Nothing was stopped."
    [ "$(id_of "$current")" = "$WORKER_BUILD_ID" ] || refuse "$current is current, but $env_file says '$WORKER_BUILD_ID': a deploy \
was not done to its end. Give it again, or roll it back. Nothing was stopped."
    stop_others worker
    stop_others notices
    deployment remove
}

build=${1:?say which build, or rollback, finish or status}
find_project
case "$build" in
rollback) roll_back "${2:-}" "${3:-}" ;;
finish) finish ;;
status)
    WORKER_BUILD_ID=$(remembered)
    export WORKER_BUILD_ID
    deployment status
    ;;
*) deploy "$build" ;;
esac
