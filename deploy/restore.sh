#!/bin/sh
# Puts a backup of deploy/backup.sh in place of the three databases of a compose file, and checks it: deploy/restore.sh BACKUP --replace
# In another directory with a .env of its own, and another COMPOSE_PROJECT_NAME, it restores into a second place: a drill.
set -eu

backup=${1:?say which backup: deploy/restore.sh BACKUP --replace}
if [ "${2:-}" != --replace ]; then
    echo "This drops the databases that are there: deploy/restore.sh $backup --replace" >&2
    exit 2
fi
(cd "$backup" && sha256sum --check --quiet SHA256SUMS)
. "$(dirname "$0")/servers.sh"
engine=$(services_like 'temporal(-frontend|-history|-matching|-worker)?')

# Unquoted: names of services, each a word of its own.
docker compose stop api notices worker temporal-ui $engine
docker compose up --detach --wait $(services_like 'postgres(-temporal|-visibility)?')
for database in $databases; do
    owner=${database%%_*}
    server=$(server_of "$database")
    docker compose exec -T "$server" dropdb --username=postgres --if-exists --force "$database"
    docker compose exec -T "$server" createdb --username=postgres --owner="$owner" "$database"
    docker compose exec -T "$server" psql --username=postgres --quiet --set=ON_ERROR_STOP=1 \
        --command="REVOKE CONNECT ON DATABASE $database FROM PUBLIC" "$database"
    docker compose exec -T "$server" pg_restore --username=postgres --exit-on-error --dbname="$database" <"$backup/$database.dump"
done

docker compose up --detach --wait $engine
docker compose run --rm migrate
if [ -n "$(docker compose config --environment | sed -n 's/^WORKER_BUILD_ID=//p')" ]; then
    # To the engine of the backup, or to a new one, another build may be current: workers of this one would get nothing.
    docker compose up --detach worker notices
    docker compose run --rm deployment promote || echo "Nothing goes on before it is: docker compose run --rm deployment promote" >&2
else
    docker compose up --detach worker
fi
# What is left for a person to do does not keep the others from working.
docker compose run --rm worker python -m crm check --restored || echo "The check leaves something for a person to do: see above." >&2
docker compose up --detach
docker compose run --rm worker python -m crm check
