#!/bin/sh
# Starts one role of the Temporal server in a container of its own: ROLE is frontend, history, matching or worker. The image's own
# way in starts all four. It listens everywhere in the container, and tells the others where it is.
set -eu

export BIND_ON_IP=0.0.0.0
TEMPORAL_BROADCAST_ADDRESS=$(getent hosts "$(hostname)" | awk '{ print $1; exit }')
export TEMPORAL_BROADCAST_ADDRESS

exec temporal-server start --service "$ROLE"
