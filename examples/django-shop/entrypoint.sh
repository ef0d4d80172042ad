#!/bin/sh
# The database may still be starting when the stack comes up: let the restart policy try again.
set -e

python manage.py migrate --noinput

exec "$@"
