#!/bin/sh
# Run once by the PostgreSQL image, when its volume is new: one role for the CRM and one for Temporal, each the owner of
# its own databases and of nothing else.
set -eu

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v crm_password="$CRM_DB_PASSWORD" -v temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE crm LOGIN PASSWORD :'crm_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE crm OWNER crm;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE crm, temporal, temporal_visibility FROM PUBLIC;
SQL
