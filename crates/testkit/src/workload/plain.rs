//! The workload in plain terms: instruments, attributes and values as numbers and texts.
//!
//! This file depends on nothing, so that a program outside this workspace can include it and
//! make the same data with another library.

/// Bounds of the explicit histograms: 15 buckets.
pub const BOUNDS: [f64; 14] =
    [0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0];

/// Populated buckets of the exponential histograms.
pub const EXPONENTIAL_BUCKETS: usize = 84;
/// Their scale: the finest at which [`EXPONENTIAL_BUCKETS`] side by side are at most 160, the
/// usual limit (one step finer they are 168).
pub const EXPONENTIAL_SCALE: i32 = 3;
/// The index of their first bucket.
pub const EXPONENTIAL_OFFSET: i32 = -24;

/// Who is measured.
pub const RESOURCE: [(&str, &str); 4] = [
    ("deployment.environment.name", "production"),
    ("service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09"),
    ("service.name", "checkout"),
    ("service.version", "2.14.1"),
];
/// Who measures: name and version.
pub const SCOPE: (&str, &str) = ("shop.checkout", "2.14.1");

/// Since when everything counts, in nanoseconds since 1970.
pub const START: u64 = 1_767_225_600_000_000_000;
/// Nanoseconds from one round to the next.
pub const INTERVAL: u64 = 10_000_000_000;

/// What an instrument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the workload's list")]
pub enum Kind {
    /// A monotonic sum of unsigned integers.
    Counter,
    /// A base-2 exponential histogram of floats.
    Exponential,
    /// A last value, a float.
    Gauge,
    /// A histogram of floats over [`BOUNDS`].
    Histogram,
}

/// Which kinds a workload has, and in which shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the workload's list")]
pub enum Mix {
    /// Counters alone.
    Counters,
    /// Exponential histograms alone.
    Exponential,
    /// Gauges alone.
    Gauges,
    /// Explicit histograms alone.
    Histograms,
    /// 70 % counters, 15 % gauges, 15 % explicit histograms.
    Mixed,
}

impl Mix {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Counters, Self::Exponential, Self::Gauges, Self::Histograms, Self::Mixed];

    /// The name by which programs ask for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counters => "counters",
            Self::Exponential => "exponential",
            Self::Gauges => "gauges",
            Self::Histograms => "histograms",
            Self::Mixed => "mixed",
        }
    }

    /// The mix of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mix| mix.name() == name)
    }

    /// Kinds and their shares in percent.
    const fn shares(self) -> &'static [(Kind, usize)] {
        match self {
            Self::Counters => &[(Kind::Counter, 100)],
            Self::Exponential => &[(Kind::Exponential, 100)],
            Self::Gauges => &[(Kind::Gauge, 100)],
            Self::Histograms => &[(Kind::Histogram, 100)],
            Self::Mixed => &[(Kind::Counter, 70), (Kind::Gauge, 15), (Kind::Histogram, 15)],
        }
    }

    /// The instruments over which `series` series are spread: 20, from 100,000 series up 100;
    /// none is empty.
    pub fn instruments(self, series: usize) -> Vec<Instrument> {
        let all = if series < 100_000 { 20 } else { 100 };
        let mut instruments = Vec::with_capacity(all);
        let (mut percent, mut given) = (0, 0);
        for (kind, share) in self.shares() {
            percent += share;
            let (count, end) = (all * share / 100, series * percent / 100);
            let rows = end - given;
            given = end;
            for at in 0..count {
                let rows = (at + 1) * rows / count - at * rows / count;
                let number = instruments.len();
                instruments.push(Instrument { kind: *kind, number, series: rows });
            }
        }
        instruments.retain(|instrument| instrument.series > 0);
        instruments
    }
}

/// An instrument with its series, which are numbered from 0.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Instrument {
    /// What it is.
    pub kind: Kind,
    /// How many series it has.
    pub series: usize,
    number: usize,
}

/// An attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the workload's list")]
pub enum Value {
    /// A signed integer.
    Int(i64),
    /// Text.
    Text(String),
}

impl Instrument {
    /// The name, unique in the workload.
    pub fn name(&self) -> String {
        let noun = match self.kind {
            Kind::Counter => "requests",
            Kind::Exponential => "latency",
            Kind::Gauge => "utilization",
            Kind::Histogram => "duration",
        };
        format!("shop.checkout.{noun}.{:02}", self.number)
    }

    /// The unit.
    pub const fn unit(&self) -> &'static str {
        match self.kind {
            Kind::Counter => "{request}",
            Kind::Exponential | Kind::Histogram => "ms",
            Kind::Gauge => "1",
        }
    }

    /// What it measures.
    pub const fn description(&self) -> &'static str {
        match self.kind {
            Kind::Counter => "Requests answered since the start.",
            Kind::Exponential => "Time from request to answer, finely resolved.",
            Kind::Gauge => "Share of the workers that are busy.",
            Kind::Histogram => "Time from request to answer.",
        }
    }

    /// The attributes of a series, sorted by key: six for counters, five for the other kinds;
    /// one is an integer. Different for each series of the instrument.
    pub fn attributes(&self, row: usize) -> Vec<(&'static str, Value)> {
        const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
        const STATUS: [i64; 5] = [200, 201, 404, 429, 503];
        const ROUTES: [&str; 4] =
            ["/v1/carts/{cart}/items", "/v1/orders/{order}", "/v1/payments", "/v1/users/{user}"];
        let seed = self.seed(row);
        let text = |text: &str| Value::Text(text.to_owned());
        let pod = format!("checkout-{:08x}-{row:05}", seed >> 32);
        let server = format!("edge-{:02}.eu-west-1.shop.example", row % 40);
        let mut attributes = vec![
            ("http.request.method", text(METHODS[row % 4])),
            ("http.response.status_code", Value::Int(STATUS[row / 4 % 5])),
            ("http.route", text(ROUTES[row / 20 % 4])),
            ("k8s.pod.name", Value::Text(pod)),
            ("server.address", Value::Text(server)),
        ];
        if self.kind == Kind::Counter {
            attributes.push(("url.scheme", text("https")));
        }
        attributes
    }

    /// What a counter has counted in `round`, in which a first value and a step per round add up.
    pub fn count(&self, row: usize, round: u64) -> u64 {
        let seed = self.seed(row);
        1 + seed % 1_000_000 + round * (1 + (seed >> 40) % 1_000)
    }

    /// What a gauge shows in `round`.
    pub fn level(&self, row: usize, round: u64) -> f64 {
        let seed = self.seed(row);
        ((seed.wrapping_add(round.wrapping_mul(0x9e37_79b9))) % 65_537) as f64 / 65_537.0
    }

    /// What a histogram measures in every round. Sums are exact: the explicit histograms'
    /// measurements are eighths.
    pub fn measurements(&self, row: usize) -> Vec<f64> {
        match self.kind {
            Kind::Exponential => exponential_counts(self.seed(row))
                .zip(EXPONENTIAL_OFFSET..)
                .flat_map(|(count, index)| {
                    // The middle of the bucket, so that no rounding moves it to a neighbour.
                    let middle = (f64::from(index) + 0.5) / f64::from(1 << EXPONENTIAL_SCALE);
                    std::iter::repeat_n(middle.exp2(), count as usize)
                })
                .collect(),
            Kind::Histogram => (0..24)
                .map(|at| {
                    let dice = mixed(self.seed(row) ^ at);
                    (1 + dice % 16) as f64 * 0.125 * (1 << ((dice >> 16) % 12)) as f64
                })
                .collect(),
            Kind::Counter | Kind::Gauge => Vec::new(),
        }
    }

    /// What the measurements of all rounds up to `round` amount to.
    pub fn distribution(&self, row: usize, round: u64) -> Distribution {
        let measurements = self.measurements(row);
        let rounds = round + 1;
        let mut counts = match self.kind {
            Kind::Exponential => exponential_counts(self.seed(row)).collect(),
            _ => vec![0; BOUNDS.len() + 1],
        };
        let mut all = Distribution {
            counts: Vec::new(),
            count: measurements.len() as u64 * rounds,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        };
        for value in measurements {
            if self.kind == Kind::Histogram {
                counts[BOUNDS.partition_point(|bound| *bound < value)] += 1;
            }
            all.sum += value;
            all.min = all.min.min(value);
            all.max = all.max.max(value);
        }
        all.sum *= rounds as f64;
        counts.iter_mut().for_each(|count| *count *= rounds);
        all.counts = counts;
        all
    }

    fn seed(&self, row: usize) -> u64 {
        mixed(((self.number as u64) << 32) | row as u64)
    }
}

/// What a histogram's measurements amount to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Distribution {
    /// By bucket: those of [`BOUNDS`], or [`EXPONENTIAL_BUCKETS`] from [`EXPONENTIAL_OFFSET`] on.
    pub counts: Vec<u64>,
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

fn exponential_counts(seed: u64) -> impl Iterator<Item = u64> {
    (0..EXPONENTIAL_BUCKETS as u64).map(move |bucket| 1 + mixed(seed ^ bucket) % 3)
}

/// The finaliser of splitmix64: neighbouring numbers become unrelated ones.
const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
