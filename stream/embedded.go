package stream

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"
)

// EmbeddedConfig describes the NATS server inside the process.
type EmbeddedConfig struct {
	// Dir holds everything; it is locked, because two servers on one directory destroy each other's data.
	Dir string
	// ListenAddress is host:port for clients; empty listens nowhere, ":0" picks a port.
	ListenAddress string
	// SyncAlways makes an acknowledgement mean "on disk": it survives power loss, not only the end of the process.
	SyncAlways bool
	// MaxStore bounds the bytes on disk; 0 leaves it to the server (three quarters of what is free).
	MaxStore int64
	Log      zerolog.Logger
}

// Embedded is a running server.
type Embedded struct {
	server *server.Server
	lock   *os.File
}

// StartEmbedded starts a server and waits until it can serve. The caller calls Stop.
func StartEmbedded(cfg EmbeddedConfig) (*Embedded, error) {
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	opts, err := embeddedOptions(cfg)
	if err == nil {
		var s *server.Server
		if s, err = server.NewServer(opts); err == nil {
			if err = serve(s, cfg); err == nil {
				return &Embedded{server: s, lock: lock}, nil
			}
		}
	}
	lock.Close()
	return nil, fmt.Errorf("embedded NATS server: %w", err)
}

func serve(s *server.Server, cfg EmbeddedConfig) error {
	s.SetLoggerV2(serverLog{cfg.Log}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(30*time.Second) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return fmt.Errorf("not ready on %q: is another process listening there? (see the log above)", cfg.ListenAddress)
	}
	return nil
}

func embeddedOptions(cfg EmbeddedConfig) (*server.Options, error) {
	o := &server.Options{
		ServerName: "eddy", JetStream: true, StoreDir: filepath.Join(cfg.Dir, "nats"),
		NoSigs:     true, // signals are the process's, not the server's
		SyncAlways: cfg.SyncAlways, SyncInterval: time.Second,
		JetStreamMaxStore: cfg.MaxStore, JetStreamMaxMemory: 256 << 20,
		NoSystemAccount: true,
	}
	if cfg.MaxStore == 0 {
		o.JetStreamMaxStore = -1
	}
	if cfg.ListenAddress == "" {
		o.DontListen = true
		return o, nil
	}
	host, port, err := net.SplitHostPort(cfg.ListenAddress)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: %w", cfg.ListenAddress, err)
	}
	if o.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("listen address %q: port must be a number", cfg.ListenAddress)
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	o.Host = host
	return o, nil
}

// URL is where clients connect, "" when the server does not listen.
func (e *Embedded) URL() string {
	if a, ok := e.server.Addr().(*net.TCPAddr); ok && a != nil {
		return "nats://" + a.String()
	}
	return ""
}

// Stop ends the server and frees the directory.
func (e *Embedded) Stop() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
	e.lock.Close()
}

// lockDir takes the data directory for this process alone.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	path := filepath.Join(dir, "eddy.lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner := make([]byte, 32)
		n, _ := f.Read(owner)
		f.Close()
		return nil, fmt.Errorf("data directory %s is in use by another eddy (process %s): stop it, or choose another --data.dir", dir, owner[:n])
	}
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return f, nil
}

// serverLog passes the server's log on; what it says routinely is of no interest to eddy's users.
type serverLog struct{ log zerolog.Logger }

func (l serverLog) Noticef(format string, v ...any) { l.log.Debug().Msgf("nats: "+format, v...) }
func (l serverLog) Warnf(format string, v ...any)   { l.log.Warn().Msgf("nats: "+format, v...) }
func (l serverLog) Fatalf(format string, v ...any)  { l.log.Error().Msgf("nats: "+format, v...) }
func (l serverLog) Errorf(format string, v ...any)  { l.log.Error().Msgf("nats: "+format, v...) }
func (l serverLog) Debugf(string, ...any)           {}
func (l serverLog) Tracef(string, ...any)           {}
