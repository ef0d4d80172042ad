#!/bin/sh
set -e

mkdir -p "$(dirname "$LEDGER_DATABASE")"
for migration in migrations/*.sql; do
  echo "migrating: $migration"
  sqlite3 "$LEDGER_DATABASE" < "$migration"
done

exec "$@"
