module github.com/acme/shop

go 1.22

require (
	github.com/confluentinc/confluent-kafka-go/v2 v2.3.0
	github.com/pkg/errors v0.9.1 // indirect
)
