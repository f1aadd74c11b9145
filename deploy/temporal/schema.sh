#!/bin/sh
# Brings Temporal's two databases to the schema of this image's version. May be run again: what is there is left alone.
# The connection is in SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD; what can be searched for is on another server if
# SQL_VISIBILITY_HOST names one.
set -eu

schema() {
    temporal-sql-tool --endpoint "$1" --db "$2" setup-schema -v 0.0
    temporal-sql-tool --endpoint "$1" --db "$2" update-schema -d "/etc/temporal/schema/postgresql/v12/$3/versioned"
}

schema "$SQL_HOST" temporal temporal
schema "${SQL_VISIBILITY_HOST:-$SQL_HOST}" temporal_visibility visibility
