#!/bin/bash
# apt-get update has been done
set -e
apt-get install -y strace
