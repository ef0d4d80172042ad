package main

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

func main() {
	c, err := kafka.NewConsumer(&kafka.ConfigMap{"bootstrap.servers": "kafka:9092"})
	if err != nil {
		panic(err)
	}
	defer c.Close()
}
