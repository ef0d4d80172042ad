#!/bin/sh
exec bin/svc
