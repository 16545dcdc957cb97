import NIOCore
import NIOHTTP1
import NIOPosix

/// Answers `GET /metrics` with the metrics of this process and `GET /healthz`
/// as long as it lives.
///
/// Whoever asks is not trusted: NIO parses, one request is answered a
/// connection, and within ten seconds.
public struct MetricsServer: Sendable {
    private typealias Client = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
    private let channel: NIOAsyncChannel<Client, Never>
    /// On which it listens, also where it was to be any.
    public let port: Int

    /// Begins to listen.
    /// - Throws: what the system says against it.
    public init(host: String, port: Int) async throws {
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: host, port: port) { client in
                client.eventLoop.makeCompletedFuture {
                    try client.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: false)
                    return try Client(wrappingChannelSynchronously: client)
                }
            }
        self.port = channel.channel.localAddress?.port ?? port
    }

    /// Answers until the task is cancelled.
    /// - Parameter families: made for each request.
    public func run(_ families: @escaping @Sendable () async -> [MetricFamily]) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await channel.executeThenClose { clients in
                for try await client in clients {
                    group.addTask { await Self.answer(client, families) }
                }
            }
        }
    }

    /// A client that breaks off or dawdles is its own loss.
    private static func answer(
        _ client: Client, _ families: @escaping @Sendable () async -> [MetricFamily]
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await client.executeThenClose { requests, responses in
                    for try await case .head(let request) in requests {
                        let (status, text) = await response(to: request, families)
                        try await send(text, status, request, to: responses)
                        return
                    }
                }
            }
            group.addTask { try? await Task.sleep(for: .seconds(10)) }
            await group.next()
            group.cancelAll()
        }
    }

    private static func response(
        to request: HTTPRequestHead, _ families: @Sendable () async -> [MetricFamily]
    ) async -> (HTTPResponseStatus, String) {
        guard request.method == .GET || request.method == .HEAD else {
            return (.methodNotAllowed, "GET only\n")
        }
        switch request.uri.prefix(while: { $0 != "?" }) {
        case "/metrics": return (.ok, await families().map(\.text).joined())
        case "/healthz": return (.ok, "ok\n")
        default: return (.notFound, "/metrics and /healthz are here\n")
        }
    }

    private static func send(
        _ text: String, _ status: HTTPResponseStatus, _ request: HTTPRequestHead,
        to responses: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        let body = ByteBuffer(string: text)
        let headers: HTTPHeaders = [
            "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
            "Content-Length": "\(body.readableBytes)", "Connection": "close",
        ]
        try await responses.write(
            .head(HTTPResponseHead(version: request.version, status: status, headers: headers)))
        if request.method != .HEAD { try await responses.write(.body(.byteBuffer(body))) }
        try await responses.write(.end(nil))
    }
}
