// Package test stands in for nats-server's package of this name in the tests of nats.go.
package test

import "github.com/nats-io/nats-server/v2/server"

// DefaultTestOptions are a server on the usual port of this machine.
var DefaultTestOptions = server.Options{Host: "127.0.0.1", Port: 4222}

// RunDefaultServer starts a server on the usual port.
func RunDefaultServer() *server.Server {
	options := DefaultTestOptions
	return RunServer(&options)
}

// RunServer starts a server.
func RunServer(options *server.Options) *server.Server {
	if options == nil {
		defaults := DefaultTestOptions
		options = &defaults
	}
	return server.Run(options)
}

// RunServerWithConfig starts a server with a configuration file.
func RunServerWithConfig(file string) (*server.Server, *server.Options) {
	return server.RunFile(file)
}
