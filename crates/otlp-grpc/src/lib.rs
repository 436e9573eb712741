//! Send OTLP metrics over gRPC.
