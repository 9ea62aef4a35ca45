package backtest

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"sort"
	"strings"
	"time"
)

//go:embed report.html.tmpl
var reportText string

// mostPlots bounds the report; the ones that matter most come first.
const mostPlots = 120

// page is what the template sees.
type page struct {
	Summary Summary
	Plots   []drawn
	Left    int
	Curve   template.HTML
}

// drawn is a plot whose SVG has been made here and is safe: all text in it has been escaped.
type drawn struct {
	plot
	ValueSVG, ScoreSVG template.HTML
}

// report writes one page that needs nothing from elsewhere.
func (c *Collect) report(w io.Writer, s Summary) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"percent": func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) },
		"two":     func(x float64) string { return fmt.Sprintf("%.2f", x) },
	}).Parse(reportText)
	if err != nil {
		return err
	}
	sort.SliceStable(c.plots, func(i, j int) bool {
		a, b := c.plots[i], c.plots[j]
		if a.Rank != b.Rank {
			return a.Rank > b.Rank
		}
		return a.Entity < b.Entity
	})
	p := page{Summary: s, Curve: template.HTML(drawCurve(s.Total.Curve)), Left: max(0, len(c.plots)-mostPlots)}
	for _, x := range c.plots[:min(len(c.plots), mostPlots)] {
		p.Plots = append(p.Plots, drawn{x, template.HTML(x.Value), template.HTML(x.Score)})
	}
	return t.Execute(w, p)
}

// drawCurve draws precision over recall.
func drawCurve(curve []PR) string {
	if len(curve) == 0 {
		return ""
	}
	const size = 260
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="pr" viewBox="-30 -10 %d %d" role="img" aria-label="precision over recall"><path class="axis" d="M0 0V%dH%d"/><path class="curve" d="`, size+50, size+50, size, size)
	pen := "M"
	for _, p := range curve {
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, p.Recall*size, (1-p.Precision)*size)
		pen = "L"
	}
	b.WriteString(`"/>`)
	step := max(1, len(curve)/40)
	for i := 0; i < len(curve); i += step {
		p := curve[i]
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4"><title>threshold %.3f: precision %.2f, recall %.2f</title></circle>`,
			p.Recall*size, (1-p.Precision)*size, p.Threshold, p.Precision, p.Recall)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d">recall</text><text x="-26" y="-2">precision</text></svg>`, size-40, size+18)
	return b.String()
}

func escape(s string) string { return template.HTMLEscapeString(s) }

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05") }
