package main

import (
	"html/template"
	"os"
)

func main() {
	template.Must(template.ParseFiles("/templates/fortune.html")).Execute(os.Stdout, nil)
	os.ReadFile("/usr/share/hertz/locale/en.json")
}
