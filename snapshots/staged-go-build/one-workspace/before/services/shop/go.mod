module acme.io/shop/v2

go 1.22
