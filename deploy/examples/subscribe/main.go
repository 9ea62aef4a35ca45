// Command subscribe shows how an alerting system follows eddy: every anomaly of a tenant, from where it stopped last time,
// none missed and none twice, over a durable consumer of the stream. It uses nothing of eddy but its public contract.
//
//	go run ./deploy/examples/subscribe -tenant shop -severity critical
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// event is what this program needs of an anomaly event; see the contract in README.md for all fields.
type event struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Subject string `json:"subject"` // the series in PromQL form
	Data    struct {
		AnomalyID string  `json:"anomaly_id"`
		Severity  string  `json:"severity"`
		Value     float64 `json:"value"`
		Lower     float64 `json:"lower"`
		Upper     float64 `json:"upper"`
		Cause     string  `json:"cause"`
	} `json:"data"`
}

func main() {
	url := flag.String("url", "nats://127.0.0.1:4222", "NATS server")
	tenant := flag.String("tenant", "default", "whose anomalies")
	severity := flag.String("severity", "*", "info, warning, critical or * for all")
	name := flag.String("name", "subscribe", "name of the durable consumer: its position survives restarts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := follow(ctx, *url, *name, filter(*tenant, *severity), page); err != nil {
		log.Fatal(err)
	}
}

// filter is the subject of a tenant's anomalies of a severity, in every partition.
func filter(tenant, severity string) string {
	return "eddy.anomalies." + tenant + "." + severity + ".*"
}

// follow calls handle for each event and acknowledges it afterwards; an event whose handling failed comes again.
func follow(ctx context.Context, url, name, subject string, handle func(event) error) error {
	nc, err := nats.Connect(url, nats.MaxReconnects(-1))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	consumer, err := js.CreateOrUpdateConsumer(ctx, "EDDY_ANOMALIES", jetstream.ConsumerConfig{
		Durable:       name,
		FilterSubject: subject,
		AckPolicy:     jetstream.AckExplicitPolicy,
		DeliverPolicy: jetstream.DeliverNewPolicy, // the first time; later it goes on where it stopped
	})
	if err != nil {
		return err
	}
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		e, err := decode(m.Data())
		if err != nil {
			log.Printf("passed over: %v", err)
			_ = m.Term() // it will not become readable
			return
		}
		if err := handle(e); err != nil {
			_ = m.Nak()
			return
		}
		_ = m.Ack()
	})
	if err != nil {
		return err
	}
	<-ctx.Done()
	consuming.Stop()
	return nil
}

func decode(data []byte) (event, error) {
	var e event
	if err := json.Unmarshal(data, &e); err != nil {
		return e, err
	}
	if e.Data.AnomalyID == "" {
		return e, fmt.Errorf("no anomaly event: %.80s", data)
	}
	return e, nil
}

// page is where an alert would be sent. anomaly_id ties opened, updated and resolved together; id makes a repeat harmless.
func page(e event) error {
	switch e.Type {
	case "eddy.anomaly.opened.v1", "eddy.anomaly.updated.v1":
		fmt.Printf("ALERT  %s  %s  %q is %g, expected %g to %g (%s)\n", e.Data.AnomalyID, e.Data.Severity, e.Subject, e.Data.Value, e.Data.Lower, e.Data.Upper, e.Data.Cause)
	case "eddy.anomaly.resolved.v1":
		fmt.Printf("OK     %s  %s  %q\n", e.Data.AnomalyID, e.Data.Severity, e.Subject)
	}
	return nil
}
