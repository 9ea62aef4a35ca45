package backtest

import (
	"fmt"
	"math"
	"strings"
)

// plot is one series as the report draws it: an SVG of fixed size, whatever the number of rows.
type plot struct {
	Entity, Series string
	Rows           int
	Episodes       int
	Missed, False  int
	Rank           int // which plots matter most: missed, then false, then caught
	Value, Score   string
}

const (
	plotWidth  = 1000
	plotHeight = 150
	scoreHigh  = 46
	// perEntity is how many series of an entity are drawn: those with the most anomalies.
	perEntity = 6
)

// plots draws the series of an outcome that have something to show.
func plots(o *Outcome, s Score, labels Labels, grace Grace) []plot {
	times := o.Table.Times
	if len(times) == 0 {
		return nil
	}
	windows, _ := labels.windows(o.Table)
	bySeries := make([][]Episode, len(o.Rows))
	for _, e := range o.Episodes() {
		bySeries[e.Series] = append(bySeries[e.Series], e)
	}
	var list []plot
	for i := range o.Rows {
		if o.Table.Wide() && len(bySeries[i]) == 0 {
			continue
		}
		c := newCanvas(o.Table.Series[i].Name, times[0], times[len(times)-1])
		c.windows, c.episodes = windows, bySeries[i]
		if free := grace.rows(len(times)); free > 0 && free < len(times) {
			c.free = times[free]
		}
		for k, row := range o.Rows[i] {
			if v := o.Table.Series[i].Values[k]; !math.IsNaN(v) {
				c.add(times[k], o.shown(i, k), &row)
			}
		}
		p := c.plot(o.Table.Entity)
		if !o.Table.Wide() {
			p.Missed, p.False = s.Windows-s.Caught, s.False
		}
		p.Rank = 1000*p.Missed + p.False
		list = append(list, p)
	}
	if len(list) > perEntity {
		list = list[:perEntity]
	}
	return list
}

// canvas draws one series. It holds one column a pixel, whatever the number of rows.
type canvas struct {
	name        string
	first, last int64 // the span drawn
	free        int64 // up to when nothing is judged; 0: from the first row on
	rows        int
	cols        []column
	windows     []Window
	episodes    []Episode
}

func newCanvas(name string, first, last int64) *canvas {
	return &canvas{name: name, first: first, last: last, cols: make([]column, plotWidth+1)}
}

// x places a moment.
func (c *canvas) x(at int64) float64 {
	if c.last <= c.first {
		return 0
	}
	return max(0, min(plotWidth, float64(at-c.first)/float64(c.last-c.first)*plotWidth))
}

// column is what falls on one pixel column.
type column struct {
	low, high     float64 // of the values
	lower, upper  float64 // of the band
	score         float64
	valued, bands bool
}

// add folds a row into its column, keeping extremes.
func (c *canvas) add(at int64, value float64, row *Row) {
	c.rows++
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	p := &c.cols[int(c.x(at))]
	if !p.valued {
		p.low, p.high, p.valued = value, value, true
	}
	p.low, p.high = min(p.low, value), max(p.high, value)
	p.score = max(p.score, row.Outlook)
	if !row.Judged {
		return
	}
	if !p.bands {
		p.lower, p.upper, p.bands = row.Lower, row.Upper, true
	}
	p.lower, p.upper = max(p.lower, row.Lower), min(p.upper, row.Upper) // the narrowest of the column
	if p.lower > p.upper {
		p.lower, p.upper = row.Lower, row.Upper
	}
}

// plot is the finished drawing.
func (c *canvas) plot(entity string) plot {
	return plot{Entity: entity, Series: c.name, Rows: c.rows, Episodes: len(c.episodes), Value: c.values(), Score: c.scores()}
}

// values draws the series in its expected band, over the labelled windows and under the anomalies.
func (c *canvas) values() string {
	low, high := extent(c.cols)
	y := func(v float64) float64 {
		return plotHeight - 8 - (max(low, min(high, v))-low)/(high-low)*(plotHeight-16)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="values of %s">`, plotWidth, plotHeight, escape(c.name))
	c.spans(&b, plotHeight)
	b.WriteString(`<path class="band" d="`)
	for x, p := range c.cols {
		if p.bands {
			fmt.Fprintf(&b, "M%d %.1fV%.1f", x, y(p.lower), y(p.upper)-0.5)
		}
	}
	b.WriteString(`"/><path class="value" d="`)
	pen := "M"
	for x, p := range c.cols {
		if p.valued {
			fmt.Fprintf(&b, "%s%d %.1fV%.1f", pen, x, y(p.low), y(p.high))
			pen = "L"
		}
	}
	fmt.Fprintf(&b, `"/></svg><div class="ends"><span>%.4g</span><span>%.4g</span></div>`, high, low)
	return b.String()
}

// scores draws the scores of the rows, with the line above which a row is news.
func (c *canvas) scores() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="scores" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="scores">`, plotWidth, scoreHigh)
	c.spans(&b, scoreHigh)
	fmt.Fprintf(&b, `<path class="half" d="M0 %dH%d"/><path class="score" d="`, scoreHigh/2, plotWidth)
	for x, p := range c.cols {
		if p.score > 0.01 {
			fmt.Fprintf(&b, "M%d %dV%.1f", x, scoreHigh, scoreHigh*(1-p.score))
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// spans draws what is labelled, what eddy said, and what was not judged.
func (c *canvas) spans(b *strings.Builder, height int) {
	rect := func(class, title string, from, to float64) {
		fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="0" width="%.1f" height="%d"><title>%s</title></rect>`, class, from, max(1.5, to-from), height, escape(title))
	}
	if c.free > 0 {
		rect("free", "not judged: the detectors learn", 0, c.x(c.free))
	}
	for _, w := range c.windows {
		rect("label", "labelled "+stamp(w.From)+" to "+stamp(w.To), c.x(w.From), c.x(w.To))
	}
	for _, e := range c.episodes {
		title := fmt.Sprintf("%s %s, score %.2f, %s", e.Severity, e.Cause, e.Score, stamp(e.Opened))
		rect("said "+string(e.Severity), title, c.x(e.Opened), c.x(min(e.end(), c.last)))
	}
}

// extent is the range of the values, a little widened.
func extent(cols []column) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, p := range cols {
		if p.valued {
			low, high = min(low, p.low), max(high, p.high)
		}
	}
	if !(low <= high) {
		return 0, 1
	}
	pad := 0.05 * (high - low)
	if pad == 0 {
		pad = max(1e-9, 0.05*math.Abs(high))
	}
	return low - pad, high + pad
}
