FROM golang:1.22-alpine
RUN apk add --no-cache protobuf-dev
WORKDIR /build
COPY go.mod ./
RUN go install tool
