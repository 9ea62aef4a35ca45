package stream

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
)

// Client is a connection to NATS for reading what eddy publishes. It creates nothing.
type Client struct {
	nc *nats.Conn
	js jetstream.JetStream

	embedded bool
	offered  int64 // bytes an embedded server may store
}

// Dial connects to a NATS server or cluster by URL; several are separated by commas.
func Dial(ctx context.Context, url string) (*Client, error) {
	return dial(ctx, url, nats.Timeout(5*time.Second))
}

// DialEmbedded connects inside the process, past the network.
func DialEmbedded(ctx context.Context, e *Embedded) (*Client, error) {
	c, err := dial(ctx, "", nats.InProcessServer(e.server))
	if cfg := e.server.JetStreamConfig(); err == nil && cfg != nil {
		c.embedded, c.offered = true, cfg.MaxStore
	}
	return c, err
}

func dial(ctx context.Context, url string, opts ...nats.Option) (*Client, error) {
	opts = append(opts, nats.Name("eddy"), nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	nc, err := nats.Connect(url, opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %s: %w; is eddy (or your cluster) running there?", redact(url), err)
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(5*time.Second))
	if err != nil {
		nc.Close()
		return nil, err
	}
	return &Client{nc: nc, js: js}, ctx.Err()
}

// redact removes user information from URLs before they are shown.
func redact(urls string) string {
	parts := strings.Split(urls, ",")
	for i, u := range parts {
		scheme, rest, ok := strings.Cut(u, "://")
		if at := strings.LastIndexByte(rest, '@'); ok && at >= 0 {
			parts[i] = scheme + "://…@" + rest[at+1:]
		}
	}
	return strings.Join(parts, ",")
}

// Close ends the connection.
func (c *Client) Close() { c.nc.Close() }

// Connected tells whether the server can be reached now.
func (c *Client) Connected() bool { return c.nc.IsConnected() }

// Publish sends a message outside any stream's fence and waits until the server has taken it.
func (c *Client) Publish(ctx context.Context, subject string, data []byte) error {
	if err := c.nc.Publish(subject, data); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second) // FlushWithContext demands a deadline
	defer cancel()
	return c.nc.FlushWithContext(ctx)
}

// JetStream is the Broker on a NATS server or cluster.
type JetStream struct {
	*Client
	log       zerolog.Logger
	layout    Layout
	snapshots jetstream.ObjectStore
	leases    jsLeases
	pressure  *pressure
}

// Log returns a handle on a stream that Open has created.
func (j *JetStream) Log(_ context.Context, spec LogSpec) (Log, error) {
	return &jsLog{j: j, spec: spec}, nil
}

// Snapshots keeps them in an object store.
func (j *JetStream) Snapshots() Snapshots { return jsSnapshots{j.js, j.snapshots} }

// Leases keeps them in a key-value bucket in memory.
func (j *JetStream) Leases() Leases { return j.leases }

// DeadLetters keeps them in a stream.
func (j *JetStream) DeadLetters() DeadLetters { return jsDead{j.js} }

// Layout is what Open found or made.
func (j *JetStream) Layout() Layout { return j.layout }
