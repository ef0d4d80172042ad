package main

import "os"

func main() {
	os.ReadFile("templates/index.html")
}
