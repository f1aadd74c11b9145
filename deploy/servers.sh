# Read by backup.sh and restore.sh: which service has which database, in docker-compose.yml and in deploy/docker-compose.two-of-each.yml
# alike; COMPOSE_FILE and COMPOSE_ENV_FILES say which of them.

databases="temporal temporal_visibility crm"
services=$(docker compose config --services)

# The service with the PostgreSQL server of a database: its own, where it has one.
server_of() {
    case "$1" in
    temporal) own=postgres-temporal ;;
    temporal_visibility) own=postgres-visibility ;;
    *) own=postgres ;;
    esac
    if echo "$services" | grep -qx "$own"; then echo "$own"; else echo postgres; fi
}

# Services whose names fit, in one line.
services_like() {
    echo "$services" | grep -Ex "$1" | sort | tr '\n' ' '
}
