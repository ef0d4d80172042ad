#!/bin/sh
set -e
go run ./migrate
exec ./shop
