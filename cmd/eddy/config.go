package main

import "eddy/cmd/eddy/config"

// Config is what `eddy run` is told.
type Config = config.Config
