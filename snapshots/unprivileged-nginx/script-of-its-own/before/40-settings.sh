#!/bin/sh
envsubst < /usr/share/nginx/html/config.tpl > /usr/share/nginx/html/config.js
