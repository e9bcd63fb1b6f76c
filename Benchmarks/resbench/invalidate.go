package main

import (
	"bytes"
	"flag"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// cmdInvalidate: events of a service that make a gateway look at much of what
// it holds, while nothing has really changed. Clients of its own hold -n
// resources of the service that `resbench svc` is.
//
//	-kind reset    system.reset for all of them: a get request each
//	-kind query    a query event: a query request for each of -n queries
//	-kind answers  a query event with (no) answers inside: no request at all
//
// An event is over when the gateway answers a request that it can only answer
// behind everything else.
func cmdInvalidate(args []string) {
	fs := flag.NewFlagSet("invalidate", flag.ExitOnError)
	u := fs.String("url", "ws://127.0.0.1:8080/", "gateway WebSocket")
	natsURL := fs.String("nats", "nats://127.0.0.1:4222", "broker")
	kind := fs.String("kind", "reset", "reset|query|answers")
	n := fs.Int("n", 10000, "resources held")
	conns := fs.Int("conns", 100, "connections that hold them")
	batch := fs.Int("batch", 1, "events before it is waited for")
	dur := fs.Duration("dur", 4*time.Second, "")
	procs := procFlag(fs)
	fs.Parse(args)
	ps := parseProcs(*procs)
	pu, err := url.Parse(*u)
	if err != nil {
		fatal("%v", err)
	}

	rid, subject, payload := "bench.model.", "system.reset", `{"resources":["bench.model.>"]}`
	switch *kind {
	case "reset":
	case "query":
		rid, subject, payload = "bench.live?q=", "event.bench.live.query", `{"subject":"query.bench.live"}`
	case "answers":
		rid, subject, payload = "bench.live?q=", "event.bench.live.query", `{"subject":"query.bench.live","queries":{}}`
	default:
		fatal("unknown kind %q", *kind)
	}
	per := (*n + *conns - 1) / *conns
	held, _ := dialMany(*conns, 16, func(i int) (*rawConn, error) {
		c, err := dialWS(pu.Host, pu.Path)
		if err != nil {
			return nil, err
		}
		if _, err = c.rpc(1, "version", `{"protocol":"1.2.3"}`); err != nil {
			return nil, err
		}
		for k := 0; k < per && i*per+k < *n; k++ {
			b, err := c.rpc(2+k, "subscribe."+rid+strconv.Itoa(i*per+k), "")
			if err == nil && bytes.Contains(b, []byte(`"error":`)) {
				err = fmt.Errorf("subscribe: %.200s", b)
			}
			if err != nil {
				return nil, err
			}
		}
		return c, nil
	})

	bus := dialRaw(*natsURL)
	bus.start(func(*rawMsg) {}, nil)
	fence := dialRES(*u)
	requests := func() int {
		b := fence.call("call.bench.counter.read", "")
		i := bytes.Index(b, []byte(`"requests":`))
		if i < 0 {
			fatal("the service does not count: %.200s", b)
		}
		return atoiB(b[i+11:])
	}
	fences := 0
	wait := func() {
		if !bus.flush(20 * time.Second) {
			fatal("the broker does not answer")
		}
		fences++
		fence.call("get.bench.fence."+strconv.Itoa(fences), "")
	}
	wait()
	h := &hist{}
	before := requests()
	ps.start()
	t0 := time.Now()
	events, rounds := 0, 0
	for time.Since(t0) < *dur {
		t := time.Now()
		for k := 0; k < *batch; k++ {
			bus.publish(subject, []byte(payload))
		}
		wait()
		h.add(int64(time.Since(t)) / int64(*batch))
		events += *batch
		rounds++
	}
	secs := time.Since(t0).Seconds()
	r := result{"bench": "invalidate", "kind": *kind, "n": *n, "secs": round(secs, 3)}
	ps.stop(r, float64(events))
	// each fence was a request, and so was its access request; reading the counter needs no get
	asked := requests() - before - rounds
	r["events"], r["requests"] = events, asked
	r["requests_per_event"] = round(float64(asked)/float64(events), 2)
	want := *n
	if *kind == "answers" {
		want = 0
	}
	if asked != want*events {
		r["lost"] = want*events - asked
	}
	h.into(r)
	closeAll(held)
	r.print()
}
