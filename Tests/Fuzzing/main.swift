import FuzzTargets
import Glibc

/// The entry of libFuzzer, which `-sanitize=fuzzer` links in.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

let wanted = getenv("RESDEV_FUZZ_TARGET").map { String(cString: $0) }
guard let target = FuzzTarget.all.first(where: { $0.name == wanted }) else {
    // Called without a target it names them all, which scripts/fuzz relies on.
    for target in FuzzTarget.all { print(target.name) }
    exit(wanted == nil ? 0 : 1)
}
Chosen.target = target
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
let status = runFuzzer(&count, &arguments) { bytes, count in
    Chosen.target?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
exit(status)
