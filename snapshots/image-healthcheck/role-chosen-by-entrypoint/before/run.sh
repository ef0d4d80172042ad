#!/bin/sh
case "$1" in
  web) exec gunicorn app:app --bind 0.0.0.0:8000 ;;
  worker) exec celery --app app worker ;;
esac
