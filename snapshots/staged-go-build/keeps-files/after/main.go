package main

import "os"

func main() {
	f, _ := os.Create("/data/uploads/a.txt")
	f.Close()
}
