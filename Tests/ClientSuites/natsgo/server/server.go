// Package server stands in for nats-server's package of this name in the tests of nats.go: it starts the program
// nats-server that is on the PATH, with a configuration file of the options, instead of a server in the same process.
package server

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// VERSION is what tests compare with what clients are told.
const VERSION = "2.15.1"

// JSApiStreamLeaderStepDownT is named by tests that need JetStream.
const JSApiStreamLeaderStepDownT = "$JS.API.STREAM.LEADER.STEPDOWN.%s"

// Options are those that the tests set.
type Options struct {
	Host, ServerName, Username, Password, Authorization, StoreDir, PidFile, PortsFileDir string
	Port, HTTPPort, MaxConn, MaxSubs                                                     int
	MaxControlLine, MaxPayload                                                           int32
	MaxPending                                                                           int64
	PingInterval, WriteDeadline, LameDuckDuration, LameDuckGracePeriod                   time.Duration
	MaxPingsOut                                                                          int
	NoLog, NoSigs, Debug, Trace, TLS, TLSVerify, JetStream, DisableShortFirstPing        bool
	NoSystemAccount, NoHeaderSupport                                                     bool
	TLSConfig                                                                            *tls.Config
	TLSTimeout                                                                           float64
	Users                                                                                []*User
	Nkeys                                                                                []*NkeyUser
	TrustedKeys                                                                          []string
	AccountResolver                                                                      *MemAccResolver
	JetStreamConfig                                                                      *JetStreamConfig
	Websocket                                                                            WebsocketOpts
	Cluster                                                                              ClusterOpts
	Tags                                                                                 []string
	JetStreamLimits                                                                      JSLimitOpts
	Routes                                                                               []*url.URL
}

// User is one with a password.
type User struct {
	Username, Password string
	Permissions        *Permissions
}

// NkeyUser is one with a key.
type NkeyUser struct {
	Nkey        string
	Permissions *Permissions
}

// Permissions of a user.
type Permissions struct {
	Publish, Subscribe *SubjectPermission
}

// SubjectPermission lists patterns.
type SubjectPermission struct {
	Allow []string `json:"allow,omitempty"`
	Deny  []string `json:"deny,omitempty"`
}

// WebsocketOpts is the listener for WebSockets.
type WebsocketOpts struct {
	Host                       string
	Port                       int
	NoTLS, Compression         bool
	TLSConfig                  *tls.Config
	JWTCookie, Username, Token string
	HandshakeTimeout           time.Duration
}

// ClusterOpts is understood by nobody here.
type ClusterOpts struct {
	Name, Host, Username, Password string
	Port                           int
	NoAdvertise                    bool
	Advertise                      string
}

// MemAccResolver keeps account JWTs.
type MemAccResolver struct{ accounts sync.Map }

// Store keeps the JWT of an account.
func (m *MemAccResolver) Store(name, jwt string) error {
	m.accounts.Store(name, jwt)
	return nil
}

// TLSConfigOpts names files for TLS.
type TLSConfigOpts struct {
	CertFile, KeyFile, CaFile string
	Verify, Insecure, Map     bool
	Timeout                   float64
}

// Which files a TLS configuration was made of.
var tlsFiles sync.Map

// GenTLSConfig makes a configuration whose files the server is told.
func GenTLSConfig(options *TLSConfigOpts) (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(options.CertFile, options.KeyFile)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if options.CaFile != "" {
		text, err := os.ReadFile(options.CaFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(text)
	}
	tlsFiles.Store(config, options)
	return config, nil
}

// RoutesFromStr reads URLs.
func RoutesFromStr(text string) []*url.URL {
	var routes []*url.URL
	for _, part := range strings.Split(text, ",") {
		if route, err := url.Parse(strings.TrimSpace(part)); err == nil {
			routes = append(routes, route)
		}
	}
	return routes
}

func tlsBlock(config *tls.Config) map[string]interface{} {
	value, ok := tlsFiles.Load(config)
	if !ok {
		return nil
	}
	options := value.(*TLSConfigOpts)
	block := map[string]interface{}{"cert_file": absolute(options.CertFile), "key_file": absolute(options.KeyFile)}
	if options.CaFile != "" {
		block["ca_file"] = absolute(options.CaFile)
	}
	if options.Verify {
		block["verify"] = true
	}
	return block
}

func absolute(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return full
}

func (p *Permissions) block() map[string]interface{} {
	block := map[string]interface{}{}
	if p.Publish != nil {
		block["publish"] = p.Publish
	}
	if p.Subscribe != nil {
		block["subscribe"] = p.Subscribe
	}
	return block
}

// configuration is the options as a configuration file, of which JSON is a subset.
func (o *Options) configuration() map[string]interface{} {
	c := map[string]interface{}{"host": o.Host, "port": o.Port}
	set := func(key string, isSet bool, value interface{}) {
		if isSet {
			c[key] = value
		}
	}
	set("server_name", o.ServerName != "", o.ServerName)
	set("max_connections", o.MaxConn > 0, o.MaxConn)
	set("max_control_line", o.MaxControlLine > 0, o.MaxControlLine)
	set("max_payload", o.MaxPayload > 0, o.MaxPayload)
	set("max_pending", o.MaxPending > 0, o.MaxPending)
	set("max_subscriptions", o.MaxSubs > 0, o.MaxSubs)
	set("ping_interval", o.PingInterval > 0, o.PingInterval.String())
	set("ping_max", o.MaxPingsOut > 0, o.MaxPingsOut)
	set("write_deadline", o.WriteDeadline > 0, o.WriteDeadline.String())
	set("lame_duck_duration", o.LameDuckDuration > 0, o.LameDuckDuration.String())
	set("lame_duck_grace_period", o.LameDuckGracePeriod > 0, o.LameDuckGracePeriod.String())
	set("no_header_support", o.NoHeaderSupport, true)
	authorization := map[string]interface{}{}
	if o.Username != "" {
		authorization["user"], authorization["password"] = o.Username, o.Password
	}
	if o.Authorization != "" {
		authorization["token"] = o.Authorization
	}
	var users []interface{}
	for _, user := range o.Users {
		entry := map[string]interface{}{"user": user.Username, "password": user.Password}
		if user.Permissions != nil {
			entry["permissions"] = user.Permissions.block()
		}
		users = append(users, entry)
	}
	for _, user := range o.Nkeys {
		entry := map[string]interface{}{"nkey": user.Nkey}
		if user.Permissions != nil {
			entry["permissions"] = user.Permissions.block()
		}
		users = append(users, entry)
	}
	if len(users) > 0 {
		authorization["users"] = users
	}
	set("authorization", len(authorization) > 0, authorization)
	set("trusted_keys", len(o.TrustedKeys) > 0, o.TrustedKeys)
	if o.AccountResolver != nil || len(o.TrustedKeys) > 0 {
		preload := map[string]interface{}{}
		resolver := o.AccountResolver
		if resolver == nil {
			resolver = &MemAccResolver{}
		}
		resolver.accounts.Range(func(key, value interface{}) bool {
			preload[key.(string)] = value
			return true
		})
		c["resolver"], c["resolver_preload"] = "MEMORY", preload
	}
	if o.TLSConfig != nil {
		c["tls"] = tlsBlock(o.TLSConfig)
	}
	if o.Websocket.Port != 0 {
		ws := map[string]interface{}{"host": o.Websocket.Host, "port": o.Websocket.Port, "no_tls": o.Websocket.NoTLS,
			"compression": o.Websocket.Compression}
		if o.Websocket.TLSConfig != nil {
			ws["tls"] = tlsBlock(o.Websocket.TLSConfig)
		}
		c["websocket"] = ws
	}
	return c
}

// Server is a program that runs.
type Server struct {
	process *exec.Cmd
	folder  string
	ports   ports
	once    sync.Once
	options Options
}

type ports struct {
	Nats       []string `json:"nats"`
	Monitoring []string `json:"monitoring"`
	WebSocket  []string `json:"websocket"`
}

// Run starts a server and learns where it listens; the options then say so too.
func Run(o *Options) *Server {
	text, err := json.MarshalIndent(o.configuration(), "", "  ")
	if err != nil {
		panic(err)
	}
	folder, err := os.MkdirTemp("", "suite")
	if err != nil {
		panic(err)
	}
	file := filepath.Join(folder, "server.conf")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		panic(err)
	}
	s := start(file, folder, o)
	s.options = *o
	return s
}

// RunFile starts a server with a configuration file of the test.
func RunFile(file string) (*Server, *Options) {
	folder, err := os.MkdirTemp("", "suite")
	if err != nil {
		panic(err)
	}
	o := &Options{}
	if text, err := os.ReadFile(file); err == nil {
		o.Username, o.Password = field(text, "user"), field(text, "password")
		if certificate := field(text, "cert_file"); certificate != "" {
			o.TLSConfig, _ = GenTLSConfig(&TLSConfigOpts{CertFile: certificate, KeyFile: field(text, "key_file"),
				CaFile: field(text, "ca_file"), Verify: strings.Contains(string(text), "verify: true")})
		}
	}
	return start(file, folder, o), o
}

// field finds a quoted value in the text of a configuration file.
func field(text []byte, name string) string {
	if match := regexp.MustCompile(`\b` + name + `: "([^"]*)"`).FindSubmatch(text); match != nil {
		return string(match[1])
	}
	return ""
}

func start(file, folder string, o *Options) *Server {
	s := &Server{folder: folder}
	s.process = exec.Command("nats-server", "-c", file, "-m", "-1", "--ports_file_dir", folder)
	log, _ := os.Create(filepath.Join(folder, "log"))
	s.process.Stderr = log
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.process.Start(); err != nil {
		panic(err)
	}
	path := filepath.Join(folder, fmt.Sprintf("nats-server_%d.ports", s.process.Process.Pid))
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(text, &s.ports) == nil && len(s.ports.Nats) > 0 {
			break
		}
	}
	if len(s.ports.Nats) == 0 {
		text, _ := os.ReadFile(filepath.Join(folder, "log"))
		panic("nats-server does not start: " + string(text))
	}
	host, port := place(s.ports.Nats[0])
	if o.Host == "" {
		o.Host = host
	}
	o.Port = port
	if len(s.ports.WebSocket) > 0 {
		_, o.Websocket.Port = place(s.ports.WebSocket[0])
	}
	return s
}

func place(address string) (string, int) {
	parsed, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	port := 0
	fmt.Sscan(parsed.Port(), &port)
	host := parsed.Hostname()
	if host == "0.0.0.0" {
		host = "127.0.0.1"
	}
	return host, port
}

// Shutdown ends the server and waits until it has.
func (s *Server) Shutdown() {
	if s == nil {
		return
	}
	s.once.Do(func() {
		s.process.Process.Signal(syscall.SIGINT)
		s.process.Wait()
		os.RemoveAll(s.folder)
	})
}

// WaitForShutdown waits for nothing: Shutdown has.
func (s *Server) WaitForShutdown() {}

// ClientURL is where clients connect.
func (s *Server) ClientURL() string {
	host, port := place(s.ports.Nats[0])
	return fmt.Sprintf("%s://%s:%d", strings.Split(s.ports.Nats[0], ":")[0], host, port)
}

// ReloadOptions has the server take over other options.
func (s *Server) ReloadOptions(o *Options) error {
	text, err := json.MarshalIndent(o.configuration(), "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.folder, "server.conf"), text, 0o600); err != nil {
		return err
	}
	before := s.reloads()
	s.process.Process.Signal(syscall.SIGHUP)
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if s.reloads() > before {
			s.options = *o
			return nil
		}
	}
	log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return fmt.Errorf("the server does not reload: %s", log)
}

func (s *Server) reloads() int {
	log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	return strings.Count(string(log), "Reloaded server configuration")
}

// SetAccountResolver has the server know other accounts.
func (s *Server) SetAccountResolver(resolver *MemAccResolver) {
	options := s.options
	options.AccountResolver = resolver
	if err := s.ReloadOptions(&options); err != nil {
		panic(err)
	}
}

// InProcessConn connects over the network, for want of a process in common.
func (s *Server) InProcessConn() (net.Conn, error) { return net.Dial("tcp", s.Addr().String()) }

// ClusterAddr is where a cluster would listen.
func (s *Server) ClusterAddr() *net.TCPAddr {
	return &net.TCPAddr{IP: net.ParseIP("127.0.0.1"), Port: 1}
}

// LameDuckShutdown has the server send its clients away and end.
func (s *Server) LameDuckShutdown() {
	s.process.Process.Signal(syscall.SIGUSR2)
	s.process.Wait()
}

// Addr is where it listens.
func (s *Server) Addr() net.Addr {
	host, port := place(s.ports.Nats[0])
	return &net.TCPAddr{IP: net.ParseIP(host), Port: port}
}

// ID is the server's name.
func (s *Server) ID() string { return s.report()["server_id"].(string) }

// NumClients tells how many clients are connected.
func (s *Server) NumClients() int { return int(s.report()["connections"].(float64)) }

// NumSubscriptions tells how many subscriptions there are.
func (s *Server) NumSubscriptions() uint32 { return uint32(s.report()["subscriptions"].(float64)) }

// NumRoutes is zero: there are none.
func (s *Server) NumRoutes() int { return 0 }

// JetStreamEnabled is false.
func (s *Server) JetStreamEnabled() bool { return false }

func (s *Server) report() map[string]interface{} {
	response, err := http.Get(s.ports.Monitoring[0] + "/varz")
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	report := map[string]interface{}{}
	if err := json.Unmarshal(text, &report); err != nil {
		panic(err)
	}
	return report
}
