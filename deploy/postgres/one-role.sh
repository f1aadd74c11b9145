#!/bin/sh
# Run once by the PostgreSQL image, when its volume is new: one role, ROLE, with its password, the owner of one database, DATABASE,
# and of nothing else.
set -eu

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v role="$ROLE" -v password="$ROLE_PASSWORD" -v database="$DATABASE" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
SQL
