// Package web answers requests.
package web

import (
	"html/template"
	"net/http"

	"github.com/go-chi/chi/v5"
)

var pages = template.Must(template.ParseGlob("templates/*.html"))

// Router routes.
func Router() http.Handler {
	r := chi.NewRouter()
	r.Handle("/static/*", http.StripPrefix("/static/", http.FileServer(http.Dir("./static"))))
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { _ = pages.ExecuteTemplate(w, "index.html", nil) })
	return r
}
