package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand"
	"net/url"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// cmdWS: N RES clients over WebSocket, each subscribed to some models.
//
//	-events 0          only connect, subscribe and hold: connect rate and RSS
//	-rate 0            saturated fan-out: at most -window events outstanding
//	-rate R            R events per second, latency from trigger to delivery
func cmdWS(args []string) {
	fs := flag.NewFlagSet("ws", flag.ExitOnError)
	u := fs.String("url", "ws://127.0.0.1:8080/", "gateway WebSocket")
	n := fs.Int("n", 100, "clients")
	conc := fs.Int("conc", 32, "connection set-ups in flight")
	prefix := fs.String("rid", "bench.model.", "resource id prefix; the model number is appended")
	models := fs.Int("models", 1, "models per client")
	distinct := fs.Bool("distinct", false, "every client has models of its own")
	base := fs.Int("base", 1, "first model number")
	events := fs.Bool("events", true, "trigger change events")
	rate := fs.Float64("rate", 0, "events per second; 0: saturate")
	window := fs.Int("window", 32, "saturate: events outstanding")
	dur := fs.Duration("dur", 5*time.Second, "event phase")
	settle := fs.Duration("settle", 2*time.Second, "wait before reading RSS")
	stall := fs.Int("stall", 0, "further clients that subscribe to the first model and never read again")
	procs := procFlag(fs)
	tf := triggerFlags(fs)
	fs.Parse(args)
	ps := parseProcs(*procs)
	pu, err := url.Parse(*u)
	if err != nil {
		fatal("%v", err)
	}
	r := result{"bench": "ws", "n": *n, "stall": *stall, "pad": *tf.pad, "models": *models, "distinct": *distinct}

	var rss0 []int64
	for _, p := range ps.pids {
		rss0 = append(rss0, rssKB(p))
	}
	ridOf := func(client, k int) string {
		if *distinct {
			return *prefix + strconv.Itoa(*base+client**models+k)
		}
		return *prefix + strconv.Itoa(*base+k)
	}
	cr := result{}
	ps.start()
	t0 := time.Now()
	cs, ch := dialMany(*n, *conc, func(i int) (*rawConn, error) {
		c, err := dialWS(pu.Host, pu.Path)
		if err != nil {
			return nil, err
		}
		if _, err = c.rpc(1, "version", `{"protocol":"1.2.3"}`); err != nil {
			return nil, err
		}
		for k := 0; k < *models; k++ {
			b, err := c.rpc(2+k, "subscribe."+ridOf(i, k), "")
			if err != nil {
				return nil, err
			}
			if bytes.Contains(b, []byte(`"error":`)) {
				return nil, fmt.Errorf("subscribe: %.200s", b)
			}
		}
		return c, nil
	})
	secs := time.Since(t0).Seconds()
	ps.stop(cr, float64(*n**models))
	stalled, _ := dialMany(*stall, 8, func(i int) (*rawConn, error) {
		c, err := dialWS(pu.Host, pu.Path)
		if err == nil {
			if _, err = c.rpc(1, "version", `{"protocol":"1.2.3"}`); err == nil {
				_, err = c.rpc(2, "subscribe."+ridOf(0, 0), "")
			}
		}
		return c, err
	})
	ch.into(cr)
	cr["secs"] = round(secs, 3)
	cr["conn_per_s"] = round(float64(*n)/secs, 0)
	cr["sub_per_s"] = round(float64(*n**models)/secs, 0)
	r["connect"] = cr
	time.Sleep(*settle)
	for i, p := range ps.pids {
		kb := rssKB(p)
		r["rss_kb_"+ps.names[i]] = kb
		r["rss_per_conn_kb_"+ps.names[i]] = round(float64(kb-rss0[i])/float64(*n), 2)
		r["rss_per_sub_kb_"+ps.names[i]] = round(float64(kb-rss0[i])/float64(*n**models), 3)
	}
	if !*events {
		closeAll(cs)
		r.print()
		return
	}

	marker := []byte(`"` + *tf.field + `":`)
	fire := tf.make(pu.Host, pu.Path)
	var delivered int64
	const ring = 1 << 16
	var at [ring]int64
	h := &hist{}
	split := func(c *rawConn, b []byte, now int64) int {
		used, k := 0, int64(0)
		for {
			op, p, u := wsFrame(b[used:])
			if u == 0 {
				break
			}
			used += u
			if op != 1 {
				continue
			}
			if s := seqOf(p, marker); s > 0 {
				k++
				h.add(now - atomic.LoadInt64(&at[s%ring]))
			}
		}
		if k > 0 {
			atomic.AddInt64(&delivered, k)
		}
		return used
	}
	po := newPoller(cs, split)
	var quit int32
	gone := make(chan struct{})
	go func() { po.run(func() bool { return atomic.LoadInt32(&quit) != 0 }); close(gone) }()

	per := int64(*n) // deliveries per event
	total := *models
	if *distinct {
		per, total = 1, *models**n
	}
	rng := rand.New(rand.NewSource(7))
	// one warm-up event, so that the trigger path is set up; values differ from
	// those of earlier runs, or a store would see no change
	seq := time.Now().Unix()%1000000*1000 + 1
	emit := func() {
		i := 0
		if total > 1 {
			i = rng.Intn(total)
		}
		atomic.StoreInt64(&at[seq%ring], time.Now().UnixNano())
		rid := *prefix + strconv.Itoa(*base+i)
		if err := fire(*base+i, rid, seq); err != nil {
			fatal("%v", err)
		}
		seq++
	}
	waitFor := func(want int64, d time.Duration) bool {
		for end := time.Now().Add(d); atomic.LoadInt64(&delivered) < want; {
			if time.Now().After(end) {
				return false
			}
			time.Sleep(50 * time.Microsecond)
		}
		return true
	}
	emit()
	if !waitFor(per, 20*time.Second) {
		note("warm-up event: %d of %d delivered", atomic.LoadInt64(&delivered), per)
	}
	atomic.StoreInt64(&delivered, 0)
	*h = hist{} // poller is idle here
	first := seq
	ps.start()
	t0 = time.Now()
	if *rate > 0 {
		gap := time.Duration(float64(time.Second) / *rate)
		for next := t0; time.Since(t0) < *dur; next = next.Add(gap) {
			if d := time.Until(next); d > 0 {
				time.Sleep(d)
			}
			emit()
		}
	} else {
		for time.Since(t0) < *dur {
			if (seq-first)-atomic.LoadInt64(&delivered)/per >= int64(*window) {
				time.Sleep(20 * time.Microsecond)
				continue
			}
			emit()
		}
	}
	sent := seq - first
	sendSecs := time.Since(t0).Seconds()
	ok := waitFor(sent*per, 20*time.Second)
	secs = time.Since(t0).Seconds()
	del := atomic.LoadInt64(&delivered)
	ps.stop(r, float64(del))
	atomic.StoreInt32(&quit, 1)
	<-gone
	r["secs"], r["send_secs"] = round(secs, 3), round(sendSecs, 3)
	r["rate"] = *rate
	r["events"], r["delivered"], r["lost"], r["complete"] = sent, del, sent*per-del, ok
	r["event_per_s"] = round(float64(sent)/secs, 1)
	r["del_per_s"] = round(float64(del)/secs, 0)
	r["msgs_per_client_read"] = round(float64(del)/float64(po.reads+1), 2)
	r["dead_conns"] = po.dead
	for i, p := range ps.pids {
		r["rss_after_kb_"+ps.names[i]] = rssKB(p)
	}
	h.into(r)
	closeAll(cs)
	closeAll(stalled)
	r.print()
}

func closeAll(cs []*rawConn) {
	for _, c := range cs {
		closeFD(c)
	}
}

type resClient struct {
	ws *websocket.Conn
	id int
}

func dialRES(u string) *resClient {
	ws, _, err := websocket.DefaultDialer.Dial(u, nil)
	if err != nil {
		fatal("ws dial: %v", err)
	}
	c := &resClient{ws: ws}
	c.call("version", `{"protocol":"1.2.3"}`)
	return c
}

func (c *resClient) call(method, params string) []byte {
	c.id++
	msg := `{"id":` + strconv.Itoa(c.id) + `,"method":"` + method + `"`
	if params != "" {
		msg += `,"params":` + params
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(msg+"}")); err != nil {
		fatal("%v", err)
	}
	want := []byte(`"id":` + strconv.Itoa(c.id) + `}`)
	want2 := []byte(`"id":` + strconv.Itoa(c.id) + `,`)
	for {
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			fatal("%v", err)
		}
		if bytes.Contains(b, want) || bytes.Contains(b, want2) {
			if bytes.Contains(b, []byte(`"error":{`)) {
				fatal("%s: %.300s", method, b)
			}
			return b
		}
	}
}

// cmdWSCall: serial call round trips on one connection.
func cmdWSCall(args []string) {
	fs := flag.NewFlagSet("wscall", flag.ExitOnError)
	u := fs.String("url", "ws://127.0.0.1:8080/", "gateway WebSocket")
	rid := fs.String("rid", "bench.model.1", "resource")
	method := fs.String("method", "set", "call method")
	params := fs.String("params", `{"price":{seq}}`, "params; {seq} is replaced")
	sub := fs.Bool("sub", false, "be subscribed to the resource while calling")
	dur := fs.Duration("dur", 3*time.Second, "")
	procs := procFlag(fs)
	fs.Parse(args)
	ps := parseProcs(*procs)
	c := dialRES(*u)
	if *sub {
		c.call("subscribe."+*rid, "")
	}
	fill := func(i int64) string {
		return string(bytes.ReplaceAll([]byte(*params), []byte("{seq}"), []byte(strconv.FormatInt(i, 10))))
	}
	c.call("call."+*rid+"."+*method, fill(0))
	h := &hist{}
	ps.start()
	t0 := time.Now()
	for i := int64(1); time.Since(t0) < *dur; i++ {
		t := time.Now()
		c.call("call."+*rid+"."+*method, fill(i))
		h.add(int64(time.Since(t)))
	}
	secs := time.Since(t0).Seconds()
	r := result{"bench": "wscall", "method": *method, "subscribed": *sub, "secs": round(secs, 3)}
	ps.stop(r, float64(h.n))
	r["call_per_s"] = round(float64(h.n)/secs, 0)
	h.into(r)
	r.print()
}

// cmdWSColl: time to subscribe to (or get) a collection of references, each
// time on a fresh connection. Cold: a collection not asked for before.
// Cached: one that another connection holds.
func cmdWSColl(args []string) {
	fs := flag.NewFlagSet("wscoll", flag.ExitOnError)
	u := fs.String("url", "ws://127.0.0.1:8080/", "gateway WebSocket")
	prefix := fs.String("rid", "bench.refs.", "collection id prefix; a number is appended")
	verb := fs.String("verb", "subscribe", "subscribe|get")
	n := fs.Int("n", 30, "iterations")
	base := fs.Int("base", 1, "first collection number")
	cached := fs.Bool("cached", false, "ask for the same, held collection")
	want := fs.Int("refs", 1000, "references expected")
	procs := procFlag(fs)
	fs.Parse(args)
	ps := parseProcs(*procs)
	holder := dialRES(*u)
	if *cached {
		holder.call("subscribe."+*prefix+strconv.Itoa(*base), "")
	}
	h := &hist{}
	size := 0
	ps.start()
	t0 := time.Now()
	for i := 0; i < *n; i++ {
		c := dialRES(*u)
		id := *base
		if !*cached {
			id += i
		}
		t := time.Now()
		b := c.call(*verb+"."+*prefix+strconv.Itoa(id), "")
		h.add(int64(time.Since(t)))
		if i == 0 {
			if k := bytes.Count(b, []byte(`"title":`)); k != *want {
				fatal("%d models in the answer, want %d: %.300s", k, *want, b)
			}
			size = len(b)
		}
		c.ws.Close()
	}
	runtime.KeepAlive(holder) // or its connection closes as soon as it is not needed, and nobody holds what is cached
	secs := time.Since(t0).Seconds()
	r := result{"bench": "wscoll", "verb": *verb, "cached": *cached, "secs": round(secs, 3), "bytes": size}
	ps.stop(r, float64(h.n))
	h.into(r)
	r.print()
}
