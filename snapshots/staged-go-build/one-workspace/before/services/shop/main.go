package main

import "acme.io/mail"

func main() {
	mail.Send()
}
