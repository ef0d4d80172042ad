package main

/*
#cgo LDFLAGS: -lpcap
#include <pcap.h>
*/
import "C"

func main() {
	C.pcap_lib_version()
}
