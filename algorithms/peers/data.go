package main

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"eddy/algorithms/internal/isolation"
	"eddy/algorithms/internal/recurrent"
)

const (
	rows      = 100_000
	dimension = 12
	labelled  = 20_000 // of the rows, one in fifty an anomaly
	rare      = 50

	lanes, windows = recurrent.MaxWidth, 20
)

// data is what both sides are given.
type data struct {
	rows []isolation.Vector
	tape *recurrent.Tape
}

// generate draws correlated rows, every fiftieth with a feature that does not fit, and a tape of noisy waves.
func generate() data {
	r := rand.New(rand.NewPCG(7, 7))
	d := data{rows: make([]isolation.Vector, rows), tape: &recurrent.Tape{}}
	for i := range d.rows {
		common := r.NormFloat64()
		for c := range dimension {
			d.rows[i][c] = float32(0.6*common + 0.8*r.NormFloat64())
		}
		if anomaly(i) {
			for range 3 {
				d.rows[i][r.IntN(dimension)] += float32(1.5 + 2*r.Float64())
			}
		}
	}
	for lane := range lanes {
		speed, phase := 3+float64(lane%7), 6*r.Float64()
		value := func(i int) float32 { return float32(2*math.Sin(float64(i)/speed+phase) + 0.1*r.NormFloat64()) }
		last, now := value(0), value(1)
		for i := range windows * recurrent.Window {
			next := value(i + 2)
			d.tape.Add([recurrent.Inputs]float32{now, now - last, 1}, next, 1, i == 0)
			last, now = now, next
		}
	}
	return d
}

func anomaly(i int) bool { return i%rare == rare-1 }

// write puts the data where the Python side reads it: plain little-endian float32.
func (d *data) write(dir string) error {
	var b []byte
	add := func(v float32) { b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v)) }
	for i := range d.rows {
		for _, v := range d.rows[i][:dimension] {
			add(v)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "rows.f32"), b, 0o600); err != nil {
		return err
	}
	b = b[:0]
	for i, x := range d.tape.X {
		for _, v := range x {
			add(v)
		}
		add(d.tape.Target[i])
	}
	return os.WriteFile(filepath.Join(dir, "tape.f32"), b, 0o600)
}
