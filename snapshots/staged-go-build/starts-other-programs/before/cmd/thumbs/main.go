package main

import "github.com/acme/shop/internal/video"

func main() {
	video.Thumb("a.mp4")
}
