package video

import (
	"fmt"
	"os/exec"
)

func Thumb(path string) error {
	return exec.Command("ffmpeg", "-i", path, fmt.Sprintf("%s.png", path)).Run()
}
