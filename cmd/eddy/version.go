package main

import (
	"fmt"
	"runtime/debug"
	"strings"
)

type versionCmd struct {
	Output string `enum:"table,json" default:"table" help:"table or json."`
}

// build is what the toolchain recorded about this binary.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from files that were not committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints the build.
func (c versionCmd) Run(io stdio) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return fmt.Errorf("this binary carries no build information")
	}
	b := readBuild(info)
	if c.Output == "json" {
		return printJSON(io.out, b)
	}
	fmt.Fprintln(io.out, b)
	return nil
}

func readBuild(info *debug.BuildInfo) build {
	b := build{Version: info.Main.Version, Go: info.GoVersion}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	b.Revision, b.Time, b.Modified = settings["vcs.revision"], settings["vcs.time"], settings["vcs.modified"] == "true"
	b.Platform = settings["GOOS"] + "/" + settings["GOARCH"]
	return b
}

// String is one line.
func (b build) String() string {
	parts := []string{"eddy", b.Version, b.Go, b.Platform}
	if b.Revision != "" {
		parts = append(parts, "revision", b.Revision, b.Time)
	}
	if b.Modified {
		parts = append(parts, "modified")
	}
	return strings.Join(parts, " ")
}
