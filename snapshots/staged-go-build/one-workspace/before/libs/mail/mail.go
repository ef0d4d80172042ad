package mail

import (
	"os"
	"text/template"
)

func Send() {
	template.Must(template.ParseFiles("/src/libs/mail/mails/welcome.txt")).Execute(os.Stdout, nil)
}
