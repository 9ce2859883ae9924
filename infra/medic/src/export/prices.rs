//! What AWS charges, as a dated table: the only place with prices.

/// When the table was put together, from stored pages of unknown age that quote prices, none of them AWS's own.
pub const AS_OF: &str = "2026-11-22";

/// Whose prices they are. Other regions differ; `medic export plan` says so.
pub const REGION: &str = "us-east-1";

/// A price, and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// For what.
    pub what: &'static str,
    /// In US dollars, for one [`Price::unit`].
    pub usd: f64,
    /// For how much.
    pub unit: &'static str,
    /// The page to look it up on.
    pub page: &'static str,
    /// Whether the number was read where others quote it. AWS's own page was not read for any of them; without a quotation it is an
    /// assumption.
    pub is_quoted: bool,
}

const S3: &str = "https://aws.amazon.com/s3/pricing/";
const CLOUDWATCH: &str = "https://aws.amazon.com/cloudwatch/pricing/";
const FIREHOSE: &str = "https://aws.amazon.com/firehose/pricing/";
const LAMBDA: &str = "https://aws.amazon.com/lambda/pricing/";

/// Writing an object: S3 Standard, PUT, COPY, POST and LIST requests.
pub const PUT: Price = Price {
    what: "S3 PUT and LIST requests",
    usd: 0.005 / 1_000.0,
    unit: "request",
    page: S3,
    is_quoted: true,
};

/// Keeping objects: S3 Standard, the first 50 TB of a month.
pub const STORAGE: Price = Price {
    what: "S3 Standard storage",
    usd: 0.023,
    unit: "GB and month",
    page: S3,
    is_quoted: false,
};

/// Counting events: queries of Logs Insights, by the data scanned.
pub const SCAN: Price = Price {
    what: "Logs Insights, data scanned",
    usd: 0.005,
    unit: "GB",
    page: CLOUDWATCH,
    is_quoted: true,
};

/// Export tasks: assumed to cost nothing but the S3 requests and the storage of what they write. Not verified.
pub const TASK: Price = Price {
    what: "export tasks, data exported",
    usd: 0.0,
    unit: "GB",
    page: CLOUDWATCH,
    is_quoted: false,
};

/// Lambda on arm64, for memory and time; the first tier.
pub const COMPUTE: Price = Price {
    what: "Lambda on arm64",
    usd: 0.000_013_333_4,
    unit: "GB and second",
    page: LAMBDA,
    is_quoted: true,
};

/// A metric that an alarm looks at; standard resolution.
pub const ALARM: Price = Price {
    what: "CloudWatch alarms",
    usd: 0.10,
    unit: "metric and month",
    page: CLOUDWATCH,
    is_quoted: true,
};

/// A custom metric; the first 10,000.
pub const METRIC: Price = Price {
    what: "CloudWatch custom metrics",
    usd: 0.30,
    unit: "metric and month",
    page: CLOUDWATCH,
    is_quoted: true,
};

/// A dashboard, from the fourth of an account on.
pub const DASHBOARD: Price = Price {
    what: "CloudWatch dashboards",
    usd: 3.0,
    unit: "dashboard and month",
    page: CLOUDWATCH,
    is_quoted: true,
};

/// What goes into Firehose by `PutRecord`, as subscription filters do; the first 500 TB of a month. Each record is rounded up to 5 KB.
pub const FIREHOSE_IN: Price = Price {
    what: "Firehose, data ingested",
    usd: 0.029,
    unit: "GB",
    page: FIREHOSE,
    is_quoted: true,
};

/// Unpacking what a subscription filter sends, which is compressed.
pub const FIREHOSE_UNPACK: Price = Price {
    what: "Firehose, decompression of CloudWatch Logs",
    usd: 0.00325,
    unit: "GB",
    page: FIREHOSE,
    is_quoted: false,
};

/// All of them.
pub const ALL: [Price; 10] = [
    PUT,
    STORAGE,
    SCAN,
    TASK,
    COMPUTE,
    ALARM,
    METRIC,
    DASHBOARD,
    FIREHOSE_IN,
    FIREHOSE_UNPACK,
];
