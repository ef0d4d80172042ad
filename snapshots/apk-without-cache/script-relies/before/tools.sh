#!/bin/bash
apk add strace
