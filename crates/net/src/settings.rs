/// Settings of a client for the builder of an exporter, so that all have the same ones by the same
/// names. The builder has a field `client`, an [`HttpClientBuilder`](crate::HttpClientBuilder); named
/// are the settings it is to have.
///
/// ```
/// use meterport_net::HttpClientBuilder;
///
/// #[derive(Default)]
/// struct MyBuilder {
///     client: HttpClientBuilder,
/// }
///
/// impl MyBuilder {
///     meterport_net::client_settings!(header hook tls proxy);
/// }
///
/// let builder = MyBuilder::default().header("api-key", "secret");
/// # _ = builder;
/// ```
#[macro_export]
macro_rules! client_settings {
    (@header) => {
        /// Adds a header to every request. The value is secret: it is in no log and no error.
        #[must_use]
        pub fn header(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
            self.client(|client| client.header(name.as_ref(), value.as_ref()))
        }
    };
    (@hook) => {
        /// Adds a hook that prepares every attempt, after the headers: authentication, say; see
        /// [`auth`](crate::auth).
        #[must_use]
        pub fn hook(self, hook: impl $crate::RequestHook) -> Self {
            self.client(|client| client.hook(hook))
        }
    };
    (@service) => {
        /// Sends through a service of one's own instead of Meterport's client. The settings of
        /// connections mean nothing then; deadline, limits, headers and hooks stay.
        #[must_use]
        pub fn service(self, service: impl $crate::HttpService) -> Self {
            self.client(|client| client.service(service))
        }
    };
    (@connect_timeout) => {
        /// How long a connection may take to open: 10 s by default; `None` leaves it to the
        /// deadline.
        #[must_use]
        pub fn connect_timeout(self, limit: Option<::std::time::Duration>) -> Self {
            self.client(|client| client.connect_timeout(limit))
        }
    };
    (@pool_idle_timeout) => {
        /// How long an idle connection is kept open: 90 s by default; zero keeps none.
        #[must_use]
        pub fn pool_idle_timeout(self, idle: ::std::time::Duration) -> Self {
            self.client(|client| client.pool_idle_timeout(idle))
        }
    };
    (@http2) => {
        /// HTTP/2 with prior knowledge instead of HTTP/1.1; Cargo feature `http2`.
        #[must_use]
        pub fn http2(self, enabled: bool) -> Self {
            self.client(|client| client.http2(enabled))
        }
    };
    (@response_limit) => {
        /// The largest body of an answer, in bytes after decompression: 4 MiB by default.
        #[must_use]
        pub fn response_limit(self, bytes: usize) -> Self {
            self.client(|client| client.response_limit(bytes))
        }
    };
    (@tls) => {
        /// How connections to an `https` address are secured: by the system's roots by default.
        #[must_use]
        pub fn tls(self, tls: $crate::Tls) -> Self {
            self.client(|client| client.tls(tls))
        }
    };
    (@proxy) => {
        /// Through which proxy the other side is reached: none by default.
        #[must_use]
        pub fn proxy(self, proxy: $crate::Proxy) -> Self {
            self.client(|client| client.proxy(proxy))
        }
    };
    ($($setting:ident)+) => {
        $( $crate::client_settings!(@$setting); )+

        fn client(
            mut self,
            setting: impl FnOnce($crate::HttpClientBuilder) -> $crate::HttpClientBuilder,
        ) -> Self {
            self.client = setting(self.client);
            self
        }
    };
}
