package config

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"eddy/algorithms"
)

// Flags are the settings that can be given on the command line or in the environment. Unset ones are nil, so that a
// reload applies the same overrides to a changed file.
type Flags struct {
	ConfigFile string `name:"config.file" env:"EDDY_CONFIG_FILE" placeholder:"FILE" help:"YAML file to read; none is needed."`

	DataDir           *string `name:"data.dir" env:"EDDY_DATA_DIR" placeholder:"DIR" help:"Where the embedded NATS server keeps its streams (default ./data)."`
	WebListenAddress  *string `name:"web.listen-address" env:"EDDY_WEB_LISTEN_ADDRESS" placeholder:"HOST:PORT" help:"HTTP: remote write, metrics, health (default 127.0.0.1:7420)."`
	NATSURL           *string `name:"nats.url" env:"EDDY_NATS_URL" placeholder:"URL" help:"External NATS cluster; without it a server is embedded."`
	NATSListenAddress *string `name:"nats.listen-address" env:"EDDY_NATS_LISTEN_ADDRESS" placeholder:"HOST:PORT" help:"Where the embedded NATS server listens (default 127.0.0.1:4222)."`
	NATSSync          *string `name:"nats.sync" env:"EDDY_NATS_SYNC" placeholder:"WHEN" help:"When the embedded server syncs to disk: always (default) or interval."`
	Stages            *string `name:"stages" env:"EDDY_STAGES" placeholder:"A,B" help:"Stages to run here (default ingest,features,scoring,anomalies)."`
	Partitions        *string `name:"partitions" env:"EDDY_PARTITIONS" placeholder:"N" help:"Partitions of the samples, fixed at creation (default: one per core, 2 to 32)."`
	LogLevel          *string `name:"log.level" env:"EDDY_LOG_LEVEL" placeholder:"LEVEL" help:"debug, info (default), warn or error."`
	LogFormat         *string `name:"log.format" env:"EDDY_LOG_FORMAT" placeholder:"FORMAT" help:"console, json or auto (default): console on a terminal."`
}

// override is one flag: the key it replaces and how.
type override struct {
	flag, path string
	value      *string
	set        func(*Config, string) error
}

func (f Flags) overrides() []override {
	text := func(field func(*Config) *string) func(*Config, string) error {
		return func(c *Config, v string) error { *field(c) = v; return nil }
	}
	return []override{
		{"--data.dir", "data.dir", f.DataDir, text(func(c *Config) *string { return &c.Data.Dir })},
		{"--web.listen-address", "web.listen_address", f.WebListenAddress, text(func(c *Config) *string { return &c.Web.ListenAddress })},
		{"--nats.url", "nats.url", f.NATSURL, text(func(c *Config) *string { return &c.NATS.URL })},
		{"--nats.listen-address", "nats.listen_address", f.NATSListenAddress, text(func(c *Config) *string { return &c.NATS.ListenAddress })},
		{"--nats.sync", "nats.sync", f.NATSSync, text(func(c *Config) *string { return &c.NATS.Sync })},
		{"--log.level", "log.level", f.LogLevel, text(func(c *Config) *string { return &c.Log.Level })},
		{"--log.format", "log.format", f.LogFormat, text(func(c *Config) *string { return &c.Log.Format })},
		{"--stages", "stages", f.Stages, setStages},
		{"--partitions", "partitions", f.Partitions, setPartitions},
	}
}

func setStages(c *Config, v string) error {
	c.Stages = strings.Split(v, ",")
	for i := range c.Stages {
		c.Stages[i] = strings.TrimSpace(c.Stages[i])
	}
	return nil
}

func setPartitions(c *Config, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil {
		return fmt.Errorf("%q must be a whole number", v)
	}
	c.Partitions = n
	return nil
}

// Load reads the file, applies the overrides, fills the defaults and checks everything. The error is Faults, or that of
// reading the file. It may be called again to reload: it keeps no state.
func (f Flags) Load(catalogue []algorithms.Algorithm) (Config, error) {
	doc := &document{}
	if f.ConfigFile != "" {
		data, err := readFile(f.ConfigFile)
		if err != nil {
			return Config{}, fmt.Errorf("configuration: %w", err)
		}
		doc = parse(f.ConfigFile, data)
	}
	return f.finish(doc, catalogue)
}

// Check is Load for bytes that are not in a file; name appears in the faults.
func (f Flags) Check(name string, data []byte, catalogue []algorithms.Algorithm) (Config, error) {
	return f.finish(parse(name, data), catalogue)
}

func (f Flags) finish(doc *document, catalogue []algorithms.Algorithm) (Config, error) {
	config, origin := doc.config, map[string]string{}
	faults := doc.faults
	for _, o := range f.overrides() {
		if o.value == nil {
			continue
		}
		origin[o.path] = o.flag
		if err := o.set(&config, *o.value); err != nil {
			faults = append(faults, Fault{Path: o.flag, Message: err.Error()})
		}
	}
	config = config.WithDefaults()
	check := checker{catalogue: catalogue}
	check.config(config)
	for _, found := range check.found {
		faults = append(faults, place(doc, origin, found))
	}
	if len(faults) > 0 {
		return Config{}, faults.sorted()
	}
	return config, nil
}

// place says where a fault comes from: the flag that overrode the key, or the key's line.
func place(doc *document, origin map[string]string, f Fault) Fault {
	key, _, _ := strings.Cut(f.Path, "[")
	if flag := origin[key]; flag != "" {
		f.Path = flag
		return f
	}
	f.File, f.Line = doc.file, doc.line(f.Path)
	return f
}

// readFile reads a little more than may be parsed, never a whole device.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFileSize+1))
}
