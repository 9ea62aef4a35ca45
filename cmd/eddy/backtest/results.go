package backtest

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"

	"eddy/algorithms"
)

// WriteScores writes the rows of a table with one series: timestamp,value,anomaly_score,label. The label is 1 while an
// anomaly is open.
func WriteScores(w io.Writer, o *Outcome) error {
	b := bufio.NewWriter(w)
	if _, err := b.WriteString("timestamp,value,anomaly_score,label\n"); err != nil {
		return err
	}
	var line []byte
	for k, row := range o.Rows[0] {
		line = append(append(line[:0], o.Table.Stamps[k]...), ',')
		if v := o.Table.Series[0].Values[k]; !math.IsNaN(v) {
			line = strconv.AppendFloat(line, v, 'g', -1, 64)
		}
		line = append(line, ',')
		line = strconv.AppendFloat(line, row.Outlook, 'g', 9, 64)
		if row.Open {
			line = append(line, ",1\n"...)
		} else {
			line = append(line, ",0\n"...)
		}
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}

// Moment is a row of events.csv: an entity at a time when one of its series had news.
type Moment struct {
	Stamp  string
	Time   int64
	Entity string
	Series string  // the one that deviates most
	Score  float64 // of the entity: see entityScore
}

// Moments lists when an entity with several series had news, and how bad it was all told.
func (o *Outcome) Moments() []Moment {
	var list []Moment
	for k, at := range o.Table.Times {
		worst, news := -1, false
		for i := range o.Rows {
			row := &o.Rows[i][k]
			news = news || row.Outlook > 0.5
			if worst < 0 || row.Outlook > o.Rows[worst][k].Outlook {
				worst = i
			}
		}
		if news {
			list = append(list, Moment{Stamp: o.Table.Stamps[k], Time: at, Entity: o.Table.Entity,
				Series: o.Table.Series[worst].Name, Score: o.entityScore(k)})
		}
	}
	return list
}

// entityScore combines what the series of an entity say of a row: the mean rarity of the three that deviate most, so that
// an entity that is off in several ways ranks above one that is off in a single one.
func (o *Outcome) entityScore(row int) float64 {
	var worst [3]float64
	for i := range o.Rows {
		x := algorithms.Rarity(float64(o.Rows[i][row].Score))
		for k := range worst {
			if x > worst[k] {
				x, worst[k] = worst[k], x
			}
		}
	}
	n := float64(min(len(worst), len(o.Rows)))
	return algorithms.ScoreFromRarity((worst[0] + worst[1] + worst[2]) / n)
}

// WriteMoments writes timestamp,entity,series,score in the order of time.
func WriteMoments(w io.Writer, list []Moment) error {
	sort.SliceStable(list, func(i, j int) bool { return list[i].Time < list[j].Time })
	c := csv.NewWriter(w)
	if err := c.Write([]string{"timestamp", "entity", "series", "score"}); err != nil {
		return err
	}
	for _, m := range list {
		if err := c.Write([]string{m.Stamp, m.Entity, m.Series, strconv.FormatFloat(m.Score, 'g', 9, 64)}); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// create makes a file and the folders above it.
func create(dir, relative string, write func(io.Writer) error) error {
	path := filepath.Join(dir, relative)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}
