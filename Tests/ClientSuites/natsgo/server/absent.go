package server

import (
	"errors"
	"time"
)

// What the tests of JetStream and clusters name, so that the tests beside them compile.

// ErrAbsent is what comes of it.
var ErrAbsent = errors.New("neither JetStream nor clusters")

// JetStreamConfig is of JetStream.
type JetStreamConfig struct {
	StoreDir            string
	MaxMemory, MaxStore int64
}

// JSLimitOpts is of JetStream.
type JSLimitOpts struct {
	MaxRequestBatch, MaxAckPending, MaxHAAssets int
	Duplicates                                  time.Duration
}

// JetStreamConfig is nil: there is none.
func (s *Server) JetStreamConfig() *JetStreamConfig { return nil }

// EnableJetStream cannot.
func (s *Server) EnableJetStream(*JetStreamConfig) error { return ErrAbsent }
