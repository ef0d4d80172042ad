package main

import (
	"os"
	"os/exec"
)

func child() *exec.Cmd {
	cmd := exec.Command(os.Args[0], append(os.Args[1:], "-child")...)
	cmd.Stdout = os.Stdout
	return cmd
}

func main() {
	child().Start()
}
