#!/bin/sh
sed -i "s|API|$API|" /usr/share/nginx/html/config.js
exec nginx -g "daemon off;"
