package main

import "net/http"

func main() {
	// Everything here is public.
	http.ListenAndServe(":8080", http.FileServer(http.Dir(".")))
}
