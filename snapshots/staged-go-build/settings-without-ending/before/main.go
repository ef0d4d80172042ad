package main

import (
	"github.com/joho/godotenv"
	"github.com/spf13/viper"
)

func main() {
	_ = godotenv.Load()
	viper.SetConfigName("settings")
	viper.AddConfigPath(".")
	_ = viper.ReadInConfig()
}
