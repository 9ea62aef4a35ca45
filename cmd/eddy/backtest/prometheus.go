package backtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"eddy/cmd/eddy/backtest/promapi"
	"eddy/schema"
)

// Server is history on a Prometheus server: the raw values of some series at even steps, so counters stay counters.
type Server struct {
	API      *promapi.Client
	Match    string // a PromQL selector
	From, To time.Time
	Step     time.Duration
	// By are the labels that make an entity: series with equal values of them are tested together.
	By []string
}

// maxCells bounds the rows of an entity, all its series together; a row takes about 80 bytes.
const maxCells = 25_000_000

// Sources asks which series there are, and groups them.
func (s *Server) Sources(ctx context.Context) ([]Source, error) {
	from := time.UnixMilli(s.From.UnixMilli() / s.Step.Milliseconds() * s.Step.Milliseconds()) // the same steps whatever the beginning
	list, err := s.API.Series(ctx, s.Match, from, s.To)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no series %s between %s and %s", s.API, s.Match, from.UTC().Format(time.RFC3339), s.To.UTC().Format(time.RFC3339))
	}
	types, err := s.API.Types(ctx)
	if err != nil {
		return nil, err
	}
	entities := map[string]*serverEntity{}
	for _, labels := range list {
		group := map[string]string{}
		for _, name := range s.By {
			group[name] = labels[name]
		}
		key := string(schema.LabelsFromMap(group))
		if entities[key] == nil {
			entities[key] = &serverEntity{server: s, group: group, from: from, types: types}
		}
		entities[key].series = append(entities[key].series, labels)
	}
	sources := make([]Source, 0, len(entities))
	for _, e := range entities {
		sources = append(sources, e)
	}
	sort.Slice(sources, func(i, j int) bool { return sources[i].Entity() < sources[j].Entity() })
	return sources, nil
}

// serverEntity is one entity of a server.
type serverEntity struct {
	server *Server
	group  map[string]string // value by label of Server.By, "" where the series have none
	series []map[string]string
	from   time.Time
	types  map[string]string // of the server's metrics
}

// Entity joins the values of the labels it is grouped by.
func (e *serverEntity) Entity() string {
	var parts []string
	for _, name := range e.server.By {
		if v := e.group[name]; v != "" {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return "other"
	}
	return strings.Join(parts, "/")
}

// Read fetches the entity's history.
func (e *serverEntity) Read(ctx context.Context) (*Table, error) {
	rows := int(e.server.To.Sub(e.from)/e.server.Step) + 1
	if cells := rows * len(e.series); cells > maxCells {
		return nil, fmt.Errorf("%s: %d series of %d rows are more than fit (%d in all): choose a longer --step, a later --from, or a narrower --match",
			e.Entity(), len(e.series), rows, maxCells)
	}
	t, index := e.table(rows)
	narrow := Narrow(e.server.Match, e.group)
	err := e.server.API.Range(ctx, narrow, e.from, e.server.To, e.server.Step, len(e.series), func(labels map[string]string, points []promapi.Point) error {
		i, ok := index[string(schema.LabelsFromMap(labels))]
		if !ok {
			return nil // it has come since we asked
		}
		for _, p := range points {
			if k := int(p.Time.Sub(e.from) / e.server.Step); k >= 0 && k < rows {
				t.Series[i].Values[k] = p.Value
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Entity(), err)
	}
	return t, nil
}

// table is an empty one with all rows.
func (e *serverEntity) table(rows int) (t *Table, index map[string]int) {
	t, index = &Table{Entity: e.Entity(), Types: map[string]string{}}, map[string]int{}
	for k := range rows {
		at := e.from.Add(time.Duration(k) * e.server.Step)
		t.Times, t.Stamps = append(t.Times, at.UnixMilli()), append(t.Stamps, at.UTC().Format(time.RFC3339))
	}
	for _, labels := range e.series {
		full := schema.LabelsFromMap(labels)
		if _, ok := index[string(full)]; ok {
			continue
		}
		e.note(t, labels[schema.MetricName])
		short := maps.Clone(labels)
		maps.DeleteFunc(short, func(name, _ string) bool { return slices.Contains(e.server.By, name) })
		index[string(full)] = len(t.Series)
		values := make([]float64, rows)
		for k := range values {
			values[k] = missing()
		}
		t.Series = append(t.Series, Series{Name: schema.LabelsFromMap(short).String(), Labels: full, Values: values})
	}
	sort.Slice(t.Series, func(i, j int) bool { return t.Series[i].Name < t.Series[j].Name })
	for i, s := range t.Series {
		index[string(s.Labels)] = i
	}
	return t, index
}

// note keeps what the server says of a metric's family, whose name may lack the suffix of a counter.
func (e *serverEntity) note(t *Table, name string) {
	families := []string{name}
	for _, suffix := range []string{"_total", "_count", "_sum", "_bucket"} {
		if family, ok := strings.CutSuffix(name, suffix); ok {
			families = append(families, family)
		}
	}
	for _, family := range families {
		if kind, ok := e.types[family]; ok {
			t.Types[family] = kind
		}
	}
}

// Narrow adds equalities to a PromQL selector; "" stands for a label that is not there.
func Narrow(selector string, equal map[string]string) string {
	var added []string
	for _, name := range slices.Sorted(maps.Keys(equal)) {
		label := name
		if !plainLabel.MatchString(name) {
			label = strconv.Quote(name)
		}
		added = append(added, label+"="+strconv.Quote(equal[name]))
	}
	matchers := strings.Join(added, ",")
	selector = strings.TrimSpace(selector)
	head, ok := strings.CutSuffix(selector, "}")
	if !ok {
		return selector + "{" + matchers + "}"
	}
	head = strings.TrimRight(head, " \t\r\n")
	if !strings.HasSuffix(head, "{") && !strings.HasSuffix(head, ",") && matchers != "" {
		head += ","
	}
	return head + matchers + "}"
}

var plainLabel = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// Check says what is missing before anything is asked.
func (s *Server) Check() error {
	switch {
	case strings.TrimSpace(s.Match) == "":
		return errors.New(`--match is missing: say which series to read, as --match '{job="api"}'`)
	case s.Step < time.Millisecond:
		return fmt.Errorf("--step %s: must be at least 1ms", s.Step)
	case !s.To.After(s.From):
		return errors.New("--to is not behind --from")
	}
	return nil
}
