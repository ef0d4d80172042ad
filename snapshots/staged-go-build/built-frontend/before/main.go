package main

import (
	"embed"
	"net/http"
)

//go:embed web/dist
var web embed.FS

func main() {
	http.Handle("/", http.FileServer(http.FS(web)))
	http.Handle("/p/", http.FileServer(http.Dir("/srv/public")))
	http.ListenAndServe(":8080", nil)
}
