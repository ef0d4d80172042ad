FROM docker.io/golang:1.24.2 AS builder

ADD ./src/chi /chi
WORKDIR /chi

RUN CGO_ENABLED=0 GOAMD64=v3 go build -o server .

FROM gcr.io/distroless/static-debian13:nonroot
WORKDIR /chi
COPY --from=builder /chi/server /chi/server

EXPOSE 8080

CMD ["/chi/server", "-prefork"]
