// What people do with nats.go: publish, headers, request, queue, limit, drain, reconnect.
//
//	client URL [ca FILE] [user NAME PASSWORD] [seed PUBLIC FILE] [creds FILE] [reconnect]
//
// Says `ok` for each thing that went well, and ends with 1 at the first that did not.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go"
)

func check(what string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func must(what string, isTrue bool) {
	if !isTrue {
		fmt.Printf("%s: wrong\n", what)
		os.Exit(1)
	}
}

func done(what string) { fmt.Println("ok " + what) }

func publishAndHeaders(nc *nats.Conn) {
	sub, err := nc.SubscribeSync("g.*.last")
	check("subscribe", err)
	message := nats.NewMsg("g.x.last")
	message.Reply, message.Data = "back", []byte("hello")
	message.Header.Set("Key", "value")
	check("publish", nc.PublishMsg(message))
	got, err := sub.NextMsg(5 * time.Second)
	check("next", err)
	must("message", got.Header.Get("Key") == "value" && got.Reply == "back" && string(got.Data) == "hello" &&
		got.Subject == "g.x.last")
	check("unsubscribe", sub.Unsubscribe())
	done("publish subscribe headers")
}

func request(nc *nats.Conn) {
	_, err := nc.Subscribe("g.ask", func(m *nats.Msg) { m.Respond([]byte("answer")) })
	check("service", err)
	got, err := nc.Request("g.ask", []byte("?"), 5*time.Second)
	check("request", err)
	must("answer", string(got.Data) == "answer")
	_, err = nc.Request("g.nobody", nil, 5*time.Second)
	must("no responders", err == nats.ErrNoResponders)
	done("request")
}

func queue(nc *nats.Conn) {
	first, err := nc.QueueSubscribeSync("g.job", "workers")
	check("member", err)
	second, err := nc.QueueSubscribeSync("g.job", "workers")
	check("member", err)
	for i := 0; i < 100; i++ {
		check("job", nc.Publish("g.job", nil))
	}
	check("flush", nc.FlushTimeout(5*time.Second))
	one, _, _ := first.Pending()
	two, _, _ := second.Pending()
	must("queue", one+two == 100 && one > 15 && two > 15)
	check("unsubscribe", first.Unsubscribe())
	check("unsubscribe", second.Unsubscribe())
	done("queue")
}

func limit(nc *nats.Conn) {
	sub, err := nc.SubscribeSync("g.limit")
	check("subscribe", err)
	check("limit", sub.AutoUnsubscribe(2))
	for i := 0; i < 4; i++ {
		check("publish", nc.Publish("g.limit", nil))
	}
	for i := 0; i < 2; i++ {
		_, err = sub.NextMsg(5 * time.Second)
		check("next", err)
	}
	_, err = sub.NextMsg(100 * time.Millisecond)
	must("limit", err == nats.ErrMaxMessages || err == nats.ErrBadSubscription)
	done("limit")
}

func reconnect(nc *nats.Conn) {
	sub, err := nc.SubscribeSync("g.again")
	check("subscribe", err)
	check("flush", nc.FlushTimeout(5*time.Second))
	done("waiting")
	for {
		if _, err = sub.NextMsg(100 * time.Millisecond); err == nil {
			break
		}
		nc.Publish("g.again", nil)
	}
	check("unsubscribe", sub.Unsubscribe())
	done("again")
}

func main() {
	options := []nats.Option{nats.MaxReconnects(1000), nats.ReconnectWait(20 * time.Millisecond),
		nats.ReconnectHandler(func(*nats.Conn) { done("reconnect") })}
	wantsReconnect := false
	closed := make(chan bool, 1)
	options = append(options, nats.ClosedHandler(func(*nats.Conn) { closed <- true }))
	words := os.Args[2:]
	for len(words) > 0 {
		switch words[0] {
		case "ca":
			options, words = append(options, nats.RootCAs(words[1])), words[2:]
		case "user":
			options, words = append(options, nats.UserInfo(words[1], words[2])), words[3:]
		case "seed":
			option, err := nats.NkeyOptionFromSeed(words[2])
			check("seed", err)
			options, words = append(options, option), words[3:]
		case "creds":
			options, words = append(options, nats.UserCredentials(words[1])), words[2:]
		default:
			wantsReconnect, words = true, words[1:]
		}
	}
	nc, err := nats.Connect(os.Args[1], options...)
	check("connect", err)
	done("connect")
	publishAndHeaders(nc)
	request(nc)
	queue(nc)
	limit(nc)
	if wantsReconnect {
		reconnect(nc)
	}
	check("drain", nc.Drain())
	select {
	case <-closed:
		done("drain")
	case <-time.After(5 * time.Second):
		must("drain", false)
	}
}
