package main

import "os/exec"

var _ = exec.Command
