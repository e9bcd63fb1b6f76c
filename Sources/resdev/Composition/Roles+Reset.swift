import RESProtocol
import Store

/// Making databases what they were, when a key asks for that.
extension Roles {
    /// Makes a database what its source says where it was loaded from one, else what its latest snapshot is.
    ///
    /// - Returns: what came of it, for people.
    func reset(_ store: Store) async -> String {
        guard case .success(let overview) = await administer(store, .overview) else {
            return "cannot be read"
        }
        if overview["canReset"]?.bool == true {
            return await administer(store, .reset).text("is as its source says")
        }
        guard let snapshot = overview["snapshots"].flatMap({ Array($0.elements).last })?["name"]?.string
        else {
            return "is a file that is served in place, and there is no snapshot of it; the console takes some"
        }
        return await administer(store, .restore(name: snapshot)).text("is as in the snapshot \(snapshot)")
    }

    private func administer(
        _ store: Store,
        _ request: AdministrationRequest
    ) async -> Result<JSONSlice, RESError> {
        await withCheckedContinuation { continuation in
            store.administer(request) { continuation.resume(returning: $0) }
        }
    }
}

extension Result where Failure == RESError {
    /// What was done, or why not.
    fileprivate func text(_ done: String) -> String {
        switch self {
        case .success: done
        case .failure(let error): "cannot be reset: \(error.message)"
        }
    }
}
