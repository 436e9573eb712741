use http::HeaderValue;
use meterport_core::{Component, ConfigError};
use meterport_net::{BatchSender, Compression, Endpoint, HttpClient, HttpClientBuilder, Tls};
use meterport_otlp::Protocol;

use super::ServiceSetting;
use crate::channel::{Channels, Settings};
use crate::timeout::GrpcTimeout;
use crate::wire::{self, PREFIX, Wire};
use crate::{OtlpGrpcBuilder, OtlpGrpcExporter, answer, metadata, target};

impl OtlpGrpcBuilder {
    /// The exporter. Connects to nothing and spawns nothing.
    ///
    /// # Errors
    /// A setting that cannot be used; the text names it, and the Cargo feature where one is
    /// missing: `https` without TLS, a codec.
    pub fn build(mut self) -> Result<OtlpGrpcExporter, ConfigError> {
        let settings = &self.settings;
        settings.protocol(speaks_grpc)?;
        let endpoint = target::resolve(self.endpoint.as_deref(), settings)?;
        let compression =
            settings.compression(self.compression, |found: &Compression| found.available())?;
        let headers = settings.headers(|texts| metadata::headers(texts, &self.binary))?;
        let user_agent = HeaderValue::try_from(settings.user_agent()?)
            .map_err(|_| ConfigError::new("user_agent_prefix", "can be in no header"))?;
        let said = self.channels.tls.take();
        self.channels.tls = settings.tls(said, endpoint.is_tls(), Tls::from_files)?;
        let mut client = client(&endpoint, self.service, self.channels)?
            .response_limit(self.response_limit.saturating_add(PREFIX))
            .refusal(answer::refuses);
        if !headers.is_empty() {
            client = client.hook(headers);
        }
        let client = client.hook(self.hooks).hook(GrpcTimeout).build()?;
        let component = Component::new("otlp_grpc_metric_exporter");
        let component = settings.named(endpoint.describe(component));
        let wire = Wire {
            endpoint,
            compression,
            request_limit: settings.size_limit(),
            response_limit: self.response_limit,
            user_agent,
            accepted: wire::accepted(),
            clock: self.clock,
        };
        let sender = BatchSender::new(wire, client, component, settings.time_limit());
        Ok(OtlpGrpcExporter::new(sender, settings.preferences()))
    }
}

fn client(
    endpoint: &Endpoint,
    service: Option<ServiceSetting>,
    channels: Settings,
) -> Result<HttpClientBuilder, ConfigError> {
    let client = HttpClient::builder(endpoint);
    Ok(match service {
        Some(own) => own(client),
        None => client.service(Channels::new(endpoint, channels)?),
    })
}

fn speaks_grpc(protocol: Option<Protocol>) -> Result<(), ConfigError> {
    match protocol {
        None | Some(Protocol::Grpc) => Ok(()),
        Some(_) => Err(ConfigError::new(
            "protocol",
            "is OTLP over HTTP, which this exporter does not speak",
        )),
    }
}
