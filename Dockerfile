FROM swift:6.3-bookworm AS builder
RUN apt-get update \
    && apt-get install -y --no-install-recommends libopenblas-dev libdnnl-dev libpq-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Package.* ./
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --product peftsearch --static-swift-stdlib \
    && install -D -s "$(swift build -c release --show-bin-path)/peftsearch" /opt/peftsearch/bin/peftsearch
COPY migrations /opt/peftsearch/migrations

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libopenblas0 libdnnl2 libpq5 libstdc++6 tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/peftsearch peftsearch
COPY --from=builder /opt/peftsearch /opt/peftsearch
ENV PATH=/opt/peftsearch/bin:$PATH \
    OPENBLAS_NUM_THREADS=1
USER 10001
WORKDIR /var/lib/peftsearch
ENTRYPOINT ["tini", "--", "peftsearch"]
CMD ["--help"]
