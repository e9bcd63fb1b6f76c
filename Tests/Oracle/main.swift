import Glibc
import StoreOracle

/// `Oracle STEPS [KIND SEED [LENGTH]]`: runs oracles of all kinds with new seeds until so many steps are done, or one again.
let arguments = Array(CommandLine.arguments.dropFirst())
guard let steps = arguments.first.flatMap({ Int($0) }) else {
    print("the number of steps is missing")
    exit(2)
}
let only = arguments.count > 2 ? Oracle(rawValue: arguments[1]) : nil
var seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : UInt64.random(in: 1...1 << 32)
let length = arguments.count > 3 ? Int(arguments[3]) ?? 500 : 500
var done = 0
while done < steps {
    for kind in only.map({ [$0] }) ?? Oracle.allCases {
        do {
            try kind.run(seed: seed, steps: length)
        } catch {
            print("\(error)\nrun it again with: scripts/oracle \(length) \(kind.rawValue) \(seed) \(length)")
            exit(1)
        }
        done += length
    }
    seed += 1
}
print("\(done) steps, no difference")
