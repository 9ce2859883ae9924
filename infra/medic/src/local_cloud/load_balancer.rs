use serde::Deserialize;

/// A load balancer that listens.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// Where it is: `http://127.0.0.1:port`. Its DNS name resolves on AWS only.
    pub endpoint: String,
}
