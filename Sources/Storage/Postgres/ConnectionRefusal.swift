import Experiments

/// Why libpq could not connect or could not read an address.
struct ConnectionRefusal: Error {
    /// libpq's text; in verbose form when a server sent it.
    let message: String

    /// The SQLSTATE that a server gave, as in `FATAL:  28P01: password ...`.
    var code: String? {
        message.firstMatch(of: #/:  ([0-9A-Z]{5}): /#).map { String($0.1) }
    }

    /// The first line, without the SQLSTATE.
    var summary: String {
        let line = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no reason given"
        return line.replacing(#/:  ([0-9A-Z]{5}): /#, with: ": ")
    }

    /// Nobody there, a server that starts or stops, or one with too many
    /// connections may be tried again; whom a server denies it denies again.
    func error(for address: DatabaseAddress) -> StoreError {
        let text = "cannot connect to \(address): \(address.redact(summary))"
        guard let code else { return .unreachable(text) }
        return ServerFailure(code: code, message: "").isTransient ? .unreachable(text) : .denied(text)
    }
}
