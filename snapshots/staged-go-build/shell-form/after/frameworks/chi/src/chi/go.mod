module chi

go 1.24
