package backtest

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress shows how far a job is: a bar on a terminal, else a line now and then.
type Progress struct {
	Out      io.Writer
	Terminal bool
	Total    int

	done, rows int
	began      time.Time
	said       time.Time
}

// Step counts one finished entity. It is called by one goroutine at a time.
func (p *Progress) Step(rows int) {
	now := time.Now()
	if p.began.IsZero() {
		p.began, p.said = now, now
	}
	p.done++
	p.rows += rows
	every := 5 * time.Second
	if p.Terminal {
		every = 100 * time.Millisecond
	}
	if p.done < p.Total && now.Sub(p.said) < every {
		return
	}
	p.said = now
	p.show(now.Sub(p.began))
}

const barWidth = 30

func (p *Progress) show(took time.Duration) {
	left := time.Duration(float64(took) / float64(p.done) * float64(p.Total-p.done)).Round(time.Second)
	if !p.Terminal {
		fmt.Fprintf(p.Out, "%d of %d entities, %d rows, %s left\n", p.done, p.Total, p.rows, left)
		return
	}
	full := barWidth * p.done / p.Total
	fmt.Fprintf(p.Out, "\r[%s%s] %d/%d  %d rows  %s left \x1b[K", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), p.done, p.Total, p.rows, left)
	if p.done == p.Total {
		fmt.Fprintln(p.Out)
	}
}
