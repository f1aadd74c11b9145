#!/bin/sh
# Backs up all three databases of a compose file while everything runs: deploy/backup.sh DIRECTORY
# One directory is made in it, named for its time; KEEP (14) of the newest stay there. Run it beside docker-compose.yml, from cron for instance; for
# two of each: COMPOSE_FILE=deploy/docker-compose.two-of-each.yml COMPOSE_ENV_FILES=.env deploy/backup.sh DIRECTORY
# Engine before CRM: what the engine does not know yet when the CRM is copied, the check after a restore gives it again.
set -eu

into=${1:?say where backups are: deploy/backup.sh DIRECTORY}
keep=${KEEP:-14}
. "$(dirname "$0")/servers.sh"
umask 077
mkdir -p "$into"
backup="$into/$(date -u +%Y%m%dT%H%M%SZ)"
unfinished="$backup.unfinished"
mkdir "$unfinished"
trap 'rm -rf "$unfinished"' EXIT

for database in $databases; do
    docker compose exec -T "$(server_of "$database")" pg_dump --username=postgres --format=custom "$database" >"$unfinished/$database.dump"
done
(cd "$unfinished" && sha256sum -- *.dump >SHA256SUMS)
sync
mv "$unfinished" "$backup"
trap - EXIT

# Only what this script has made, and finished.
ls -1d "$into"/[0-9]*T[0-9]*Z | sort -r | tail -n "+$((keep + 1))" | while IFS= read -r old; do
    rm -r -- "$old"
done
echo "$backup"
