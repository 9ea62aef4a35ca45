package backtest

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// Progress shows how far a job is: a bar on a terminal, else a line now and then. Any number of goroutines may call it.
type Progress struct {
	Out      io.Writer
	Terminal bool
	Total    int // entities

	mu         sync.Mutex
	done, rows int
	parts      map[int]float64 // share of each entity, where entities are few and long
	began      time.Time
	said       time.Time
}

// Step counts one finished entity.
func (p *Progress) Step(rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.rows += rows
	p.now(p.done == p.Total)
}

// Advance says how much of an entity is done, 0 to 1.
func (p *Progress) Advance(entity int, share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.parts == nil {
		p.parts = map[int]float64{}
	}
	p.parts[entity] = share
	p.now(false)
}

// now shows how far it is when it has not done so lately.
func (p *Progress) now(last bool) {
	now := time.Now()
	if p.began.IsZero() {
		p.began, p.said = now, now
	}
	every := 5 * time.Second
	if p.Terminal {
		every = 100 * time.Millisecond
	}
	if !last && now.Sub(p.said) < every {
		return
	}
	p.said = now
	p.show(now.Sub(p.began))
}

// share is how much is done of all.
func (p *Progress) share() float64 {
	sum := float64(p.done)
	if p.parts != nil && p.done < p.Total {
		sum = 0
		for _, share := range p.parts {
			sum += share
		}
	}
	return min(1, sum/float64(max(1, p.Total)))
}

const barWidth = 30

func (p *Progress) show(took time.Duration) {
	share := p.share()
	left := time.Duration(0)
	if share > 0 {
		left = time.Duration(float64(took) * (1 - share) / share).Round(time.Second)
	}
	if !p.Terminal {
		fmt.Fprintf(p.Out, "%d of %d entities, %.0f %%, %d rows, %s left\n", p.done, p.Total, 100*share, p.rows, left)
		return
	}
	full := int(barWidth * share)
	fmt.Fprintf(p.Out, "\r[%s%s] %d/%d  %d rows  %s left \x1b[K", strings.Repeat("█", full), strings.Repeat("░", barWidth-full), p.done, p.Total, p.rows, left)
	if p.done == p.Total {
		fmt.Fprintln(p.Out)
	}
}
