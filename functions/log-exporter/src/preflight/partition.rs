//! What a region's names and ARNs have in common.

/// The partition of a region, as ARNs name it.
pub(super) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// CloudWatch Logs of a region as a principal.
pub(super) fn logs_service(region: &str) -> String {
    let suffix = match partition(region) {
        "aws-cn" => ".cn",
        _ => "",
    };
    format!("logs.{region}.amazonaws.com{suffix}")
}
