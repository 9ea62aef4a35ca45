// Package promapi reads history from the HTTP API of a Prometheus server, or of what speaks like one: which series there
// are, and their raw values at even steps, a page of time after the other.
package promapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxPoints is what a server gives of one series in one answer: 11,000.
	maxPoints = 11_000
	// maxCells bounds an answer, points times series, so that neither side runs out of memory or of patience.
	maxCells = 1_000_000
	// maxBody bounds the bytes of an answer.
	maxBody = 1 << 30
	// DefaultTimeout is how long one answer may take.
	DefaultTimeout = 2 * time.Minute
)

// Client asks one server.
type Client struct {
	base    *url.URL
	timeout time.Duration
	http    *http.Client
}

// New returns a client of the server at an URL as http://user:password@host:9090/prefix. Timeout is that of one answer.
func New(address string, timeout time.Duration) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("must be http://host:port or https://…") // without the value: it may hold a password
	}
	return &Client{base: u, timeout: timeout, http: &http.Client{}}, nil
}

// Series lists the label sets of the series that a selector matches and that have samples in a span.
func (c *Client) Series(ctx context.Context, match string, from, to time.Time) (list []map[string]string, err error) {
	form := url.Values{"match[]": {match}, "start": {seconds(from)}, "end": {seconds(to)}}
	return list, c.ask(ctx, "api/v1/series", form, &list)
}

// Types tells what kind each metric family is: counter, gauge, histogram, summary, … A server that does not know such a
// question knows no types.
func (c *Client) Types(ctx context.Context) (map[string]string, error) {
	var data map[string][]struct {
		Type string `json:"type"`
	}
	err := c.send(ctx, http.MethodGet, "api/v1/metadata", nil, &data)
	if refused := (*RefusedError)(nil); errors.As(err, &refused) && refused.Code == http.StatusNotFound {
		return nil, nil
	}
	types := map[string]string{}
	for name, list := range data {
		for _, x := range list {
			if len(list) == 1 || x.Type == list[0].Type { // targets that disagree say nothing
				types[name] = x.Type
				continue
			}
			delete(types, name)
			break
		}
	}
	return types, err
}

// Point is a sample of a range.
type Point struct {
	Time  time.Time
	Value float64
}

// Range calls fn for every series of a selector, once for each page of time it has samples in, pages in their order.
// Times are from, from+step, … up to to. Expect is about how many series there are.
func (c *Client) Range(ctx context.Context, selector string, from, to time.Time, step time.Duration, expect int, fn func(labels map[string]string, points []Point) error) error {
	points := min(maxPoints, max(1, maxCells/max(1, expect)))
	for page := from; !page.After(to); page = page.Add(time.Duration(points) * step) {
		end := page.Add(time.Duration(points-1) * step)
		if end.After(to) {
			end = to
		}
		if err := c.page(ctx, selector, page, end, step, fn); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) page(ctx context.Context, selector string, from, to time.Time, step time.Duration, fn func(map[string]string, []Point) error) error {
	form := url.Values{
		"query": {selector}, "start": {seconds(from)}, "end": {seconds(to)},
		"step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)}, "timeout": {c.timeout.String()},
	}
	var data struct {
		Type   string `json:"resultType"`
		Result []struct {
			Metric map[string]string `json:"metric"`
			Values []point           `json:"values"`
		} `json:"result"`
	}
	if err := c.ask(ctx, "api/v1/query_range", form, &data); err != nil {
		return err
	}
	if data.Type != "matrix" {
		return fmt.Errorf("%s: the answer is a %q, not a matrix", c, data.Type)
	}
	for _, series := range data.Result {
		points := make([]Point, len(series.Values))
		for i, p := range series.Values {
			points[i] = Point(p)
		}
		if err := fn(series.Metric, points); err != nil {
			return err
		}
	}
	return nil
}

// point is [seconds, "value"] in JSON.
type point Point

// UnmarshalJSON reads the pair.
func (p *point) UnmarshalJSON(data []byte) error {
	var at float64
	var value string
	if err := json.Unmarshal(data, &[]any{&at, &value}); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("%.40q is no sample value", value)
	}
	p.Time, p.Value = time.UnixMilli(int64(at*1000+0.5)), v
	return nil
}

// String is the server without its password.
func (c *Client) String() string { return c.base.Redacted() }

// ask posts a form and reads the data of the answer.
func (c *Client) ask(ctx context.Context, path string, form url.Values, data any) error {
	return c.send(ctx, http.MethodPost, path, form, data)
}

func (c *Client) send(ctx context.Context, method, path string, form url.Values, data any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path).String(), strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.failed(err)
	}
	defer resp.Body.Close()
	body := io.LimitReader(resp.Body, maxBody)
	if resp.StatusCode != http.StatusOK {
		return c.refused(resp, body)
	}
	answer := struct {
		Status string `json:"status"`
		Data   any    `json:"data"`
	}{Data: data}
	if err := json.NewDecoder(body).Decode(&answer); err != nil {
		if ctx.Err() != nil {
			return c.failed(ctx.Err())
		}
		return fmt.Errorf("%s: the answer to %s is not that of a Prometheus: %w", c, path, err)
	}
	if answer.Status != "success" {
		return fmt.Errorf("%s: the answer to %s has status %q", c, path, answer.Status)
	}
	return nil
}

// failed says why there is no answer.
func (c *Client) failed(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: no answer within %s: ask for less with a longer --step or a narrower --match", c, c.timeout)
	}
	return err
}

// RefusedError is a server's refusal in its own words.
type RefusedError struct {
	Code int // HTTP status
	text string
}

func (e *RefusedError) Error() string { return e.text }

func (c *Client) refused(resp *http.Response, body io.Reader) error {
	text, _ := io.ReadAll(io.LimitReader(body, 4096))
	var answer struct {
		Type  string `json:"errorType"`
		Error string `json:"error"`
	}
	e := &RefusedError{Code: resp.StatusCode, text: fmt.Sprintf("%s: %s: %.200q", c, resp.Status, text)}
	if json.Unmarshal(text, &answer) == nil && answer.Error != "" {
		e.text = fmt.Sprintf("%s: %s: %s: %s", c, resp.Status, answer.Type, answer.Error)
	}
	return e
}

func seconds(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}
