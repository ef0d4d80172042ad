package main

import (
	"fmt"
	"log"
	"net/http"
	"time"
)

func now(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("zone")
	if name == "" {
		name = "Europe/Paris"
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, time.Now().In(zone).Format(time.RFC3339))
}

func main() {
	http.HandleFunc("/", now)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
