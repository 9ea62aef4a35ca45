package main

import (
	"errors"
	"fmt"

	"eddy/algorithms/catalogue"
	"eddy/cmd/eddy/config"
)

type checkCmd struct {
	File string `arg:"" help:"The file to check, as eddy.yaml."`
}

// Help shows an example below the usage.
func (checkCmd) Help() string {
	return "Prints OK, or every fault as file:line: key: what is wrong, and exits with 1.\n\nExample:\n  eddy check-config eddy.yaml"
}

// Run checks the file alone: no flag and no environment variable of this shell changes the answer.
func (c checkCmd) Run(io stdio) error {
	cfg, err := config.Flags{ConfigFile: c.File}.Load(catalogue.All())
	var faults config.Faults
	if errors.As(err, &faults) {
		fmt.Fprintln(io.out, faults)
		return errFound
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(io.out, "%s: OK, %d detector(s), policy %s\n", c.File, len(cfg.Detectors), cfg.Policy().Digest())
	return nil
}
