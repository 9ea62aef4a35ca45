package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// usage is what a server says of itself on its metrics page.
type usage struct {
	cpuSeconds float64
	rssBytes   float64
	stateBytes float64 // eddy only: the sum of eddy_…_state_bytes, 0 when not exposed
}

// readUsage gets one page. A server that does not expose process_cpu_seconds_total is an error.
func readUsage(ctx context.Context, client *http.Client, url string) (usage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return usage{}, err
	}
	res, err := client.Do(req)
	if err != nil {
		return usage{}, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return usage{}, fmt.Errorf("%s: HTTP %d", url, res.StatusCode)
	}
	return parseUsage(io.LimitReader(res.Body, 64<<20))
}

var stateMetric = regexp.MustCompile(`^eddy_[a-z_]*state_bytes$`)

func parseUsage(page io.Reader) (usage, error) {
	var u usage
	found := false
	lines := bufio.NewScanner(page)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for lines.Scan() {
		name, value, ok := parseSample(lines.Text())
		switch {
		case !ok:
		case name == "process_cpu_seconds_total":
			u.cpuSeconds, found = value, true
		case name == "process_resident_memory_bytes":
			u.rssBytes = value
		case stateMetric.MatchString(name):
			u.stateBytes += value
		}
	}
	if err := lines.Err(); err != nil {
		return u, err
	}
	if !found {
		return u, fmt.Errorf("the metrics page has no process_cpu_seconds_total")
	}
	return u, nil
}

// parseSample reads one line of the text exposition format; labels are skipped.
func parseSample(line string) (name string, value float64, ok bool) {
	if line == "" || line[0] == '#' {
		return "", 0, false
	}
	end := strings.IndexAny(line, "{ ")
	if end < 0 {
		return "", 0, false
	}
	name, rest := line[:end], line[end:]
	if rest[0] == '{' {
		rest = rest[strings.LastIndexByte(rest, '}')+1:] // a value of a label may hold a brace, a number cannot
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return "", 0, false
	}
	value, err := strconv.ParseFloat(fields[0], 64)
	return name, value, err == nil
}

// idleShare is the part of one core below which a server has nothing left to do but housekeeping.
const idleShare = 0.15

// settle waits until the server has worked off what it accepted, at most for limit, and returns its usage then.
func settle(ctx context.Context, client *http.Client, url string, limit time.Duration) (usage, time.Duration, error) {
	const every = time.Second
	begin := time.Now()
	before, err := readUsage(ctx, client, url)
	for err == nil && time.Since(begin) < limit {
		if !waitUntil(ctx, time.Now().Add(every)) {
			return before, time.Since(begin), ctx.Err()
		}
		var after usage
		if after, err = readUsage(ctx, client, url); err != nil {
			break
		}
		idle := after.cpuSeconds-before.cpuSeconds < idleShare*every.Seconds()
		before = after
		if idle {
			break
		}
	}
	return before, time.Since(begin), err
}
