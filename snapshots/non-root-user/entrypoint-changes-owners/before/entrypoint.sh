#!/usr/bin/env bash
chown -R node:node /app/data
echo "API=$API_URL" > /etc/app.env
exec "$@"
