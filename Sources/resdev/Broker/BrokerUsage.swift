/// What a broker says of its flags.
enum BrokerUsage {
    /// The whole help text.
    static func text(for program: BrokerProgram) -> String {
        program == .natsServer ? "\nUsage: nats-server [options]\n\(shared)\n" : resdevs
    }

    /// What there is to know about TLS.
    static let tls = """

        TLS is set up by the flags --tls, --tlscert, --tlskey, --tlsverify and --tlscacert, or in a configuration file:

            tls {
                cert_file: "server-cert.pem"
                key_file:  "server-key.pem"
                ca_file:   "ca.pem"     # whose certificates clients must have
                verify:    true         # whether they must have one
                timeout:   2            # seconds for the handshake
            }

        TLS 1.2 and 1.3 are spoken; min_version: "1.3" leaves out the older one.

        """

    private static let resdevs = """
        OVERVIEW: Run the NATS-compatible broker alone.

        USAGE: resdev broker [options]

        It takes the flags of nats-server, and runs under that name as that program.

        Options of resdev:
                --strict-port                Fail when the port is taken, instead of taking the next one
                --ready-file <file>          Write the URL to this file once the broker listens
                --log <text|json>            Log lines for people or for programs
                --log-level <level>          Least serious records to log: trace, debug, info, …
        \(shared.replacingDefaultHost)
        """

    private static let shared = """

        Server options:
            -a, --addr, --net <host>         Address to listen on (default: 0.0.0.0)
            -p, --port <port>                Port for clients, -1 for any free one (default: 4222)
            -n, --name, --server_name <name> Name of the server (default: its id)
            -P, --pid <file>                 Write the process id to this file
            -m, --http_port <port>           Port for monitoring over HTTP
            -ms,--https_port <port>          Port for monitoring over HTTPS
            -c, --config <file>              Configuration file
            -t                               Check the configuration file and exit
            -sl,--signal <signal>[=<pid>]    Signal a running server: ldm, stop, quit, term, reopen, reload
                                             (its process id, or a file that holds it)
                --client_advertise <addr>    Address that clients are told instead of the listener's
                --ports_file_dir <dir>       Write <program>_<pid>.ports to this folder

        Logging options:
            -l, --log <file>                 Log to this file
            -T, --logtime                    Begin lines with the time (default: true)
                --logtime_utc                Tell the time in UTC (default: false)
            -D, --debug                      Log more
            -V, --trace                      Log every protocol operation
            -VV                              Log those of the system account as well
            -DV, -DVV                        Both
                --log_size_limit <bytes>     Put the log file aside when it has become that large
                --max_traced_msg_len <bytes> How much of a payload is logged

        Access options:
                --user <name>                User that clients must be
                --pass <password>            Password of that user
                --auth <token>               Token that clients must present

        TLS options:
                --tls                        Speak TLS, without asking clients for certificates
                --tlscert <file>             The server's certificate
                --tlskey <file>              Its private key
                --tlsverify                  Speak TLS, and ask clients for certificates
                --tlscacert <file>           Authority whose certificates clients must have

        Understood, without effect (this broker serves core NATS, on one node):
            -js, --jetstream  -sd, --store_dir <dir>  --routes <urls>  --cluster <url>
            --cluster_listen <url>  --cluster_name <name>  --no_advertise
            --cluster_advertise <addr>  --connect_retries <number>  --profile <port>

        Common options:
            -h, --help                       Show this text
            -v, --version                    Show the version
                --help_tls                   Show how TLS is set up

        """
}

extension String {
    fileprivate var replacingDefaultHost: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .map {
                $0.contains("(default: 0.0.0.0)")
                    ? $0.prefix { $0 != "(" } + "(default: 127.0.0.1)" : String($0)
            }
            .joined(separator: "\n")
    }
}
