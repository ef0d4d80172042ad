module acme.io/mail

go 1.22
