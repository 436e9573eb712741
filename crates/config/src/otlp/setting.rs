use std::sync::Arc;
use std::time::Duration;

use meterport_core::{AggregationSelector, Clock, TemporalitySelector};
use meterport_net::{Compression, Proxy, RequestHook, Tls};

/// What can be said of an exporter without knowing its transport.
#[derive(Clone)]
#[allow(dead_code, reason = "there may be no transport")]
pub(super) enum Setting {
    Aggregation(AggregationSelector),
    Clock(Arc<dyn Clock>),
    Compression(Compression),
    ConnectTimeout(Option<Duration>),
    Endpoint(String),
    Header(String, String),
    Hook(Arc<dyn RequestHook>),
    Insecure(bool),
    Name(Arc<str>),
    Proxy(Proxy),
    RequestLimit(u64),
    ResponseLimit(usize),
    Temporality(TemporalitySelector),
    Timeout(Duration),
    Tls(Tls),
    UserAgentPrefix(String),
}

/// Applies a [`Setting`] to the builder of a transport: their methods have the same names.
#[allow(unused_macros, reason = "there may be no transport")]
macro_rules! apply {
    ($builder:expr, $setting:expr) => {
        match $setting {
            Setting::Aggregation(selector) => $builder.aggregation(selector),
            Setting::Clock(clock) => $builder.clock(clock),
            Setting::Compression(compression) => $builder.compression(compression),
            Setting::ConnectTimeout(limit) => $builder.connect_timeout(limit),
            Setting::Endpoint(endpoint) => $builder.endpoint(endpoint),
            Setting::Header(name, value) => $builder.header(name, value),
            Setting::Hook(hook) => $builder.hook(hook),
            Setting::Insecure(insecure) => $builder.insecure(insecure),
            Setting::Name(name) => $builder.name(name),
            Setting::Proxy(proxy) => $builder.proxy(proxy),
            Setting::RequestLimit(bytes) => $builder.request_limit(bytes),
            Setting::ResponseLimit(bytes) => $builder.response_limit(bytes),
            Setting::Temporality(selector) => $builder.temporality(selector),
            Setting::Timeout(limit) => $builder.timeout(limit),
            Setting::Tls(tls) => $builder.tls(tls),
            Setting::UserAgentPrefix(prefix) => $builder.user_agent_prefix(prefix),
        }
    };
}
#[allow(unused_imports, reason = "there may be no transport")]
pub(super) use apply;
