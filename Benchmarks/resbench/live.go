package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// cmdLive: one client with many live queries, and rows that change at a rate.
//
// The value that is written is the time at which it is written, in
// microseconds since 1970, so latency is from the call (or, with -writer, from
// just before the commit) to the message that brings the value.
//
//	-measure event   latency and operations are of messages that bring a value
//	-measure call    latency and operations are of calls: what changes is in no live query
//	-measure idle    nothing is written; an operation is a second
func cmdLive(args []string) {
	fs := flag.NewFlagSet("live", flag.ExitOnError)
	u := fs.String("url", "ws://127.0.0.1:8080/", "gateway WebSocket")
	queries := fs.Int("queries", 10000, "live queries")
	format := fs.String("query", "bench.items?kind={i}&sort=-stamp&limit=5", "resource id of a query; {i} is its number")
	rid := fs.String("rid", "bench.items.", "resource id prefix of the rows that change; a number is appended")
	base := fs.Int("base", 1, "first row")
	rows := fs.Int("rows", 100000, "rows that change, one after the other in steps that share no factor with their number")
	rate := fs.Int("rate", 2000, "changes per second")
	writer := fs.String("writer", "", "command that writes instead (split at spaces)")
	field := fs.String("field", "stamp", "field that changes")
	measure := fs.String("measure", "event", "event|call|idle")
	dur := fs.Duration("dur", 5*time.Second, "")
	procs := procFlag(fs)
	fs.Parse(args)
	ps := parseProcs(*procs)
	c := &liveClient{field: []byte(`"` + *field + `":`), pending: map[int]int64{}}
	var err error
	if c.ws, _, err = websocket.DefaultDialer.Dial(*u, nil); err != nil {
		fatal("ws dial: %v", err)
	}
	go c.read()
	c.call("version", `{"protocol":"1.2.3"}`)
	t0 := time.Now()
	for i := 0; i < *queries; i++ {
		c.throttle(256)
		c.call("subscribe."+strings.ReplaceAll(*format, "{i}", strconv.Itoa(i)), "")
	}
	c.throttle(1)
	r := result{"bench": "live", "queries": *queries, "subscribe_s": round(time.Since(t0).Seconds(), 3)}
	time.Sleep(300 * time.Millisecond)

	var command *exec.Cmd
	if *writer != "" {
		argv := strings.Fields(*writer)
		command = exec.Command(argv[0], argv[1:]...)
		command.Stderr = os.Stderr
		if err := command.Start(); err != nil {
			fatal("writer: %v", err)
		}
		time.Sleep(300 * time.Millisecond)
	}
	c.reset()
	ps.start()
	t0 = time.Now()
	switch {
	case *measure == "idle" || command != nil:
		time.Sleep(*dur)
	default:
		row := 0
		for sent := 0; time.Since(t0) < *dur; time.Sleep(500 * time.Microsecond) {
			for ; sent < int(time.Since(t0).Seconds()*float64(*rate)); sent++ {
				row = (row + 7919) % *rows
				stamp := strconv.FormatInt(time.Now().UnixMicro(), 10)
				c.call("call."+*rid+strconv.Itoa(*base+row)+".set", `{"`+*field+`":`+stamp+`}`)
			}
		}
	}
	secs := time.Since(t0).Seconds()
	if command == nil {
		c.throttle(1)
	}
	c.lock.Lock()
	ops := float64(c.values)
	h := c.events
	switch *measure {
	case "call":
		ops, h = float64(c.calls.n), c.calls
	case "idle":
		ops = secs
	}
	r["messages"], r["values"], r["called"], r["errors"] = c.messages, c.values, c.calls.n, c.errors
	c.lock.Unlock()
	if command != nil {
		command.Process.Kill()
		command.Wait()
	}
	ps.stop(r, ops)
	r["secs"], r["ops_per_s"] = round(secs, 3), round(ops/secs, 1)
	if *measure != "idle" {
		h.into(r)
	}
	r.print()
}

type liveClient struct {
	ws       *websocket.Conn
	id       int
	field    []byte
	inFlight int64

	lock     sync.Mutex
	pending  map[int]int64 // when a call was sent, by its id
	events   hist
	calls    hist
	messages int64
	values   int64
	latest   int64
	errors   int64
}

func (c *liveClient) call(method, params string) {
	c.id++
	msg := `{"id":` + strconv.Itoa(c.id) + `,"method":"` + method + `"`
	if params != "" {
		msg += `,"params":` + params
	}
	atomic.AddInt64(&c.inFlight, 1)
	c.lock.Lock()
	c.pending[c.id] = time.Now().UnixNano()
	c.lock.Unlock()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(msg+"}")); err != nil {
		fatal("%v", err)
	}
}

// throttle waits until fewer than n answers are outstanding.
func (c *liveClient) throttle(n int64) {
	for end := time.Now().Add(60 * time.Second); atomic.LoadInt64(&c.inFlight) >= n; time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			fatal("%d answers are missing", atomic.LoadInt64(&c.inFlight))
		}
	}
}

func (c *liveClient) reset() {
	c.lock.Lock()
	c.events, c.calls, c.messages, c.values = hist{}, hist{}, 0, 0
	c.lock.Unlock()
}

func (c *liveClient) read() {
	idMark := []byte(`"id":`)
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		now := time.Now()
		c.lock.Lock()
		c.messages++
		if bytes.HasPrefix(b, []byte(`{"event"`)) {
			// a row's change, or a query's addition that brings the row along
			if i := bytes.Index(b, c.field); i >= 0 {
				// a row that only changed its place comes with its old value
				if stamp := seqOf(b[i:], c.field); stamp > 1e15 && stamp >= c.latest {
					c.latest = stamp
					c.values++
					c.events.add(now.UnixNano() - stamp*1000)
				}
			}
		} else {
			if bytes.Contains(b, []byte(`"error":{`)) && c.errors < 1 {
				note("%.300s", b)
			}
			if bytes.Contains(b, []byte(`"error":{`)) {
				c.errors++
			}
			if i := bytes.LastIndex(b, idMark); i >= 0 {
				id := int(seqOf(b[i:], idMark))
				c.calls.add(now.UnixNano() - c.pending[id])
				delete(c.pending, id)
				atomic.AddInt64(&c.inFlight, -1)
			}
		}
		c.lock.Unlock()
	}
}
